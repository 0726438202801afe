-- A chain of shops with an online shop, in Snowflake's dialect.

CREATE OR REPLACE TABLE customers (
  customer_id NUMBER(38,0) NOT NULL AUTOINCREMENT START 1 INCREMENT 1,
  email       VARCHAR(120) NOT NULL UNIQUE,
  first_name  VARCHAR(60),
  last_name   VARCHAR(60),
  city        VARCHAR(80),
  country     VARCHAR(60),
  birth_date  DATE,
  newsletter  BOOLEAN DEFAULT FALSE,
  preferences VARIANT COMMENT 'What the customer chose in the app',
  created_at  TIMESTAMP_NTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP()::TIMESTAMP_NTZ,
  CONSTRAINT customers_pk PRIMARY KEY (customer_id)
) CLUSTER BY (country, TO_DATE(created_at)) COMMENT = 'People who bought something, or nearly did';

CREATE OR REPLACE TABLE products (
  product_id  NUMBER(9,0) NOT NULL PRIMARY KEY,
  sku         VARCHAR(20) NOT NULL UNIQUE,
  name        VARCHAR(120) NOT NULL,
  category    VARCHAR(40),
  price       NUMBER(10,2) NOT NULL,
  weight_kg   FLOAT,
  attributes  OBJECT,
  tags        ARRAY
);

CREATE TRANSIENT TABLE stores (
  store_id  NUMBER(6,0) NOT NULL PRIMARY KEY,
  name      VARCHAR(80) NOT NULL,
  city      VARCHAR(80),
  opened_on DATE
);

CREATE OR REPLACE TABLE orders (
  order_id    NUMBER(38,0) NOT NULL PRIMARY KEY,
  customer_id NUMBER(38,0) NOT NULL REFERENCES customers (customer_id),
  store_id    NUMBER(6,0) REFERENCES stores (store_id) COMMENT 'NULL for an order from the online shop',
  status      VARCHAR(20) NOT NULL DEFAULT 'new',
  total       NUMBER(12,2),
  ordered_at  TIMESTAMP_TZ NOT NULL,
  shipped_at  TIMESTAMP_NTZ
) CLUSTER BY (TO_DATE(ordered_at));

CREATE OR REPLACE TABLE order_items (
  order_id   NUMBER(38,0) NOT NULL,
  line_no    NUMBER(4,0) NOT NULL,
  product_id NUMBER(9,0) NOT NULL,
  quantity   NUMBER(5,0) NOT NULL,
  unit_price NUMBER(10,2) NOT NULL,
  discount   NUMBER(5,4) DEFAULT 0,
  CONSTRAINT order_items_pk PRIMARY KEY (order_id, line_no),
  CONSTRAINT order_items_order FOREIGN KEY (order_id) REFERENCES orders (order_id),
  CONSTRAINT order_items_product FOREIGN KEY (product_id) REFERENCES products (product_id)
);

COMMENT ON TABLE orders IS 'One row an order, from a store or the online shop';
