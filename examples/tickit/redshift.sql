-- TICKIT: a site where people sell tickets to sporting events, shows and concerts to each other.
-- The seven tables of the sample database in the Amazon Redshift guide, in Redshift's dialect.
-- Note the table "date": a word that neither Redshift nor Snowflake reserves.

CREATE TABLE users (
  userid        INTEGER NOT NULL DISTKEY SORTKEY,
  username      CHAR(8),
  firstname     VARCHAR(30),
  lastname      VARCHAR(30),
  city          VARCHAR(30),
  state         CHAR(2),
  email         VARCHAR(100),
  phone         CHAR(14),
  likesports    BOOLEAN,
  liketheatre   BOOLEAN,
  likeconcerts  BOOLEAN,
  likejazz      BOOLEAN,
  likeclassical BOOLEAN,
  likeopera     BOOLEAN,
  likerock      BOOLEAN,
  likevegas     BOOLEAN,
  likebroadway  BOOLEAN,
  likemusicals  BOOLEAN,
  PRIMARY KEY (userid)
);

CREATE TABLE venue (
  venueid    SMALLINT NOT NULL SORTKEY,
  venuename  VARCHAR(100),
  venuecity  VARCHAR(30),
  venuestate CHAR(2),
  venueseats INTEGER,
  PRIMARY KEY (venueid)
) DISTSTYLE ALL;

CREATE TABLE category (
  catid    SMALLINT NOT NULL,
  catgroup VARCHAR(10),
  catname  VARCHAR(10),
  catdesc  VARCHAR(50),
  PRIMARY KEY (catid)
) DISTSTYLE ALL;

CREATE TABLE date (
  dateid  SMALLINT NOT NULL SORTKEY,
  caldate DATE NOT NULL,
  day     CHARACTER(3) NOT NULL,
  week    SMALLINT NOT NULL,
  month   CHARACTER(5) NOT NULL,
  qtr     CHARACTER(5) NOT NULL,
  year    SMALLINT NOT NULL,
  holiday BOOLEAN DEFAULT false,
  PRIMARY KEY (dateid)
) DISTSTYLE ALL;

CREATE TABLE event (
  eventid   INTEGER NOT NULL DISTKEY,
  venueid   SMALLINT NOT NULL REFERENCES venue (venueid),
  catid     SMALLINT NOT NULL REFERENCES category (catid),
  dateid    SMALLINT NOT NULL REFERENCES date (dateid),
  eventname VARCHAR(200) ENCODE lzo,
  starttime TIMESTAMP ENCODE az64,
  PRIMARY KEY (eventid)
) COMPOUND SORTKEY (dateid, eventid);

CREATE TABLE listing (
  listid         INTEGER NOT NULL DISTKEY,
  sellerid       INTEGER NOT NULL,
  eventid        INTEGER NOT NULL ENCODE mostly16,
  dateid         SMALLINT NOT NULL,
  numtickets     SMALLINT NOT NULL ENCODE mostly8,
  priceperticket DECIMAL(8,2) ENCODE bytedict,
  totalprice     DECIMAL(8,2) ENCODE mostly32,
  listtime       TIMESTAMP,
  PRIMARY KEY (listid),
  FOREIGN KEY (sellerid) REFERENCES users (userid),
  FOREIGN KEY (eventid) REFERENCES event (eventid),
  FOREIGN KEY (dateid) REFERENCES date (dateid)
) SORTKEY (dateid);

CREATE TABLE sales (
  salesid    INTEGER NOT NULL,
  listid     INTEGER NOT NULL DISTKEY,
  sellerid   INTEGER NOT NULL,
  buyerid    INTEGER NOT NULL,
  eventid    INTEGER NOT NULL ENCODE mostly16,
  dateid     SMALLINT NOT NULL,
  qtysold    SMALLINT NOT NULL ENCODE mostly8,
  pricepaid  DECIMAL(8,2) ENCODE delta32k,
  commission DECIMAL(8,2) ENCODE delta32k,
  saletime   TIMESTAMP,
  PRIMARY KEY (salesid)
) SORTKEY (dateid);

ALTER TABLE sales ADD FOREIGN KEY (listid) REFERENCES listing (listid);
ALTER TABLE sales ADD FOREIGN KEY (sellerid) REFERENCES users (userid);
ALTER TABLE sales ADD FOREIGN KEY (buyerid) REFERENCES users (userid);
ALTER TABLE sales ADD FOREIGN KEY (eventid) REFERENCES event (eventid);
ALTER TABLE sales ADD FOREIGN KEY (dateid) REFERENCES date (dateid);

COMMENT ON TABLE sales IS 'Tickets that changed hands';
COMMENT ON COLUMN sales.commission IS 'The 15 % that the site keeps of pricepaid';
