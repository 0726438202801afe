"""What users do with snowflake-sqlalchemy and pandas: models, sessions, reflection, frames."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas
import sqlalchemy as sa
from harness import PLACE, fails, main, options, same, scenario
from snowflake.connector.pandas_tools import make_pd_writer, pd_writer
from snowflake.sqlalchemy import (
    ARRAY,
    OBJECT,
    TIMESTAMP_TZ,
    URL,
    VARIANT,
    CopyIntoStorage,
    CSVFormatter,
    ExternalStage,
    MergeInto,
    SnowflakeTable,
)
from sqlalchemy import orm


def engine(database: str | None = None) -> sa.Engine:
    """An engine whose database is new. The dialect takes no host from a URL's query: that is in ``connect_args``."""
    given = options()
    place = {name: given.pop(name) for name in ("host", "port", "protocol")}
    if database:
        with sa.create_engine(URL(**given), connect_args=place).connect() as connection:
            connection.execute(sa.text(f"create or replace database {database}"))
        given |= {"database": database, "schema": "public"}
    return sa.create_engine(URL(**given), connect_args=place, poolclass=sa.pool.NullPool)


class Base(orm.DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    __table_args__ = (sa.UniqueConstraint("name"), {"comment": "who writes"})

    id: orm.Mapped[int] = orm.mapped_column(sa.Sequence("author_ids"), primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(40), comment="full name")
    born: orm.Mapped[dt.date | None]
    books: orm.Mapped[list[Book]] = orm.relationship(back_populates="author", cascade="all, delete-orphan")


class Book(Base):
    __tablename__ = "books"

    id: orm.Mapped[int] = orm.mapped_column(sa.Sequence("book_ids", start=100, increment=10), primary_key=True)
    author_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("authors.id", name="book_author"))
    title: orm.Mapped[str]
    price: orm.Mapped[Decimal] = orm.mapped_column(sa.Numeric(10, 2), server_default=sa.text("9.50"))
    author: orm.Mapped[Author] = orm.relationship(back_populates="books")


@scenario
def models() -> None:
    made = engine("orm_models")
    Base.metadata.create_all(made)
    Base.metadata.create_all(made)
    with orm.Session(made) as session:
        ada = Author(name="Ada", born=dt.date(1815, 12, 10))
        ada.books = [Book(title="Notes", price=Decimal("12.25"))]
        session.add_all([ada, Author(name="Grace")])
        session.commit()
        same([author.id for author in session.scalars(sa.select(Author).order_by(Author.name))], [1, 2])
        ada.books[0].title = "Notes on the engine"
        session.commit()
        found = session.execute(sa.select(Author.name, Book.id, Book.title).join(Book)).all()
        same(found, [("Ada", 100, "Notes on the engine")])
        session.delete(ada)
        session.commit()
        same(session.scalar(sa.select(sa.func.count()).select_from(Book)), 0)
        session.add(Author(name="rolled back"))
        session.flush()
        session.rollback()
        same(session.scalars(sa.select(Author.name)).all(), ["Grace"])
    Base.metadata.drop_all(made)
    same(sa.inspect(made).get_table_names(), [])


@scenario
def numbered_by_the_server() -> None:
    made = engine("orm_numbered")
    metadata = sa.MetaData()
    auto = sa.Table(
        "auto",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("text", sa.String),
        sa.Column("at", TIMESTAMP_TZ),
    )
    stepped = sa.Table(
        "stepped",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(start=100, increment=10)),
        sa.Column("text", sa.String),
    )
    metadata.create_all(made)
    moment = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)
    with made.begin() as connection:
        connection.execute(auto.insert().inline(), [{"text": "x", "at": moment}, {"text": "y", "at": None}])
        connection.execute(stepped.insert().inline(), [{"text": "x"}, {"text": "y"}])
        same(connection.execute(sa.select(auto).order_by(auto.c.id)).all(), [(1, "x", moment), (2, "y", None)])
        same(connection.execute(sa.select(stepped).order_by(stepped.c.id)).all(), [(100, "x"), (110, "y")])
    reflected = sa.Table("stepped", sa.MetaData(), autoload_with=made).c.id
    same(
        [int(reflected.identity.start), int(reflected.identity.increment), str(reflected.type)],
        [100, 10, "DECIMAL(38, 0)"],
    )
    assert sa.Table("auto", sa.MetaData(), autoload_with=made).c.id.autoincrement


@scenario
def reflection() -> None:
    made = engine("orm_reflected")
    Base.metadata.create_all(made)
    with made.begin() as connection:
        connection.execute(sa.text("create view seen as select id, name from authors"))
        connection.execute(sa.text("create schema other"))
        connection.execute(sa.text("create temporary table passing (a int)"))
        connection.execute(
            sa.text(
                'create table other.wide (a number(10,2) not null default 1.5, b varchar(7), "Mixed" float, d date, '
                "e timestamp_ntz(3), f timestamp_tz, g timestamp_ltz, h time, i binary(8), j boolean, k variant, "
                "l object, m array, n geography, primary key (a, b))"
            )
        )
    inspector = sa.inspect(made)
    same(sorted(inspector.get_schema_names()), ["information_schema", "other", "public"])
    same(sorted(inspector.get_table_names()), ["authors", "books"])
    same(inspector.get_view_names(), ["seen"])
    assert "select id, name from authors" in inspector.get_view_definition("seen")
    same(inspector.get_pk_constraint("authors")["constrained_columns"], ["id"])
    same(inspector.get_pk_constraint("wide", "other")["constrained_columns"], ["a", "b"])
    keys = inspector.get_foreign_keys("books")
    same([(k["name"], k["constrained_columns"], k["referred_table"], k["referred_columns"]) for k in keys],
         [("book_author", ["author_id"], "authors", ["id"])])  # fmt: skip
    same([u["column_names"] for u in inspector.get_unique_constraints("authors")], [["name"]])
    same(inspector.get_table_comment("authors"), {"text": "who writes"})
    same({c["name"]: c["comment"] for c in inspector.get_columns("authors")}["name"], "full name")
    same(
        (inspector.has_table("authors"), inspector.has_table("nothing"), inspector.has_table("seen")),
        (True, False, True),
    )
    same(inspector.get_sequence_names(), ["author_ids", "book_ids"])
    same(inspector.get_indexes("authors"), [])
    columns = {column["name"]: column for column in inspector.get_columns("wide", "other")}
    same(
        [(name, str(column["type"]), column["nullable"]) for name, column in columns.items()],
        [
            ("a", "DECIMAL(10, 2)", False),
            ("b", "VARCHAR(7)", False),
            ("Mixed", "FLOAT", True),
            ("d", "DATE", True),
            ("e", "TIMESTAMP_NTZ", True),
            ("f", "TIMESTAMP_TZ", True),
            ("g", "TIMESTAMP_LTZ", True),
            ("h", "TIME", True),
            ("i", "BINARY(8)", True),
            ("j", "BOOLEAN", True),
            ("k", "VARIANT", True),
            ("l", "OBJECT", True),
            ("m", "ARRAY", True),
            ("n", "GEOGRAPHY", True),
        ],
    )
    same(columns["a"]["default"], "1.5")
    reflected = sa.MetaData()
    reflected.reflect(made, views=True)
    same(sorted(reflected.tables), ["authors", "books", "seen"])
    assert reflected.tables["books"].c.author_id.references(reflected.tables["authors"].c.id)


@scenario
def semistructured() -> None:
    made = engine("orm_semi")
    metadata = sa.MetaData()
    table = sa.Table("semi", metadata, sa.Column("v", VARIANT), sa.Column("o", OBJECT), sa.Column("a", ARRAY))
    metadata.create_all(made)
    with made.begin() as connection:
        connection.execute(
            table.insert().from_select(
                ["v", "o", "a"],
                sa.select(
                    sa.func.parse_json('{"x": [1, 2]}'), sa.func.object_construct("k", 1), sa.func.array_construct(1)
                ),
            )
        )
        row = connection.execute(sa.select(table)).one()
        same(list(row), [{"x": [1, 2]}, {"k": 1}, [1]])
        same(connection.execute(sa.select(table.c.v["x"][1].label("second"))).scalar(), 2)


@scenario
def snowflake_tables() -> None:
    made = engine("orm_clustered")
    metadata = sa.MetaData()
    sa.Table(
        "clustered",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String),
        snowflake_clusterby=["id", sa.text("name")],
    )
    SnowflakeTable("plain", metadata, sa.Column("id", sa.Integer))
    sa.Table("passing", metadata, sa.Column("a", sa.Integer), prefixes=["TEMPORARY"])
    metadata.create_all(made)
    with made.connect() as connection:
        shown = connection.execute(sa.text("show tables like 'clustered'")).mappings().one()
        same(shown["cluster_by"], "LINEAR(ID, NAME)")


@scenario
def binds_and_many() -> None:
    made = engine("orm_binds")
    metadata = sa.MetaData()
    kinds = (sa.Integer, sa.String, sa.DateTime, sa.Boolean, sa.LargeBinary, sa.Numeric(10, 2), sa.Time, sa.Float)
    table = sa.Table("t", metadata, *(sa.Column(name, kind) for name, kind in zip("abcdefgh", kinds, strict=True)))
    metadata.create_all(made)
    moment = dt.datetime(2024, 2, 29, 12, 34, 56, 789123)
    rows = [
        {
            "a": n,
            "b": f"it's {n} \\ %",
            "c": moment,
            "d": n % 2 == 0,
            "e": b"\x00\xff",
            "f": Decimal("1.50"),
            "g": dt.time(1, 2, 3),
            "h": 0.5,
        }
        for n in range(20)
    ]
    with made.begin() as connection:
        connection.execute(table.insert(), rows)
        found = connection.execute(sa.select(table).order_by(table.c.a)).mappings().all()
        same([dict(row) for row in found], rows)
        same(connection.execute(table.update().where(table.c.a < 5).values(b=None)).rowcount, 5)
        nulls = sa.text("select count(*) from t where b is null and a < :top")
        same(connection.execute(nulls, {"top": 3}).scalar(), 3)
        same(
            connection.execute(
                sa.select(table.c.a).where(table.c.a.in_([1, 2, 99])).order_by(table.c.a.desc()).limit(1).offset(1)
            ).scalar(),
            1,
        )
        same(connection.execute(sa.select(table.c.a).where(table.c.b.regexp_match("it.s 1[0-9].*"))).rowcount, 10)
        same(connection.execute(sa.select(table.c.a).where(table.c.b.ilike("IT_S 19%"))).scalars().all(), [19])


@scenario
def errors_are_sqlalchemys() -> None:
    made = engine("orm_errors")
    with made.connect() as connection:
        fails(
            lambda: connection.execute(sa.text("select * from nothing")), sa.exc.ProgrammingError, "002003", "NOTHING"
        )
        connection.execute(sa.text("create table t (a int not null)"))
        fails(lambda: connection.execute(sa.text("insert into t values (null)")), sa.exc.IntegrityError, "100072")


@scenario
def merges_and_copies() -> None:
    made = engine("orm_merge")
    metadata = sa.MetaData()
    target = sa.Table("target", metadata, sa.Column("id", sa.Integer), sa.Column("val", sa.String))
    source = sa.Table("source", metadata, sa.Column("id", sa.Integer), sa.Column("val", sa.String))
    metadata.create_all(made)
    with made.begin() as connection:
        connection.execute(target.insert(), [{"id": 1, "val": "old"}, {"id": 2, "val": "gone"}])
        connection.execute(
            source.insert(), [{"id": 1, "val": "new"}, {"id": 2, "val": "drop"}, {"id": 3, "val": "three"}]
        )
        merge = MergeInto(target=target, source=source, on=target.c.id == source.c.id)
        merge.when_matched_then_delete().where(source.c.val == "drop")
        merge.when_matched_then_update().values(val=source.c.val)
        merge.when_not_matched_then_insert().values(id=source.c.id, val=source.c.val)
        connection.execute(merge)
        same(connection.execute(sa.select(target).order_by(target.c.id)).all(), [(1, "new"), (3, "three")])
        connection.execute(sa.text("create stage out"))
        copy = CopyIntoStorage(
            from_=sa.select(target.c.id, target.c.val),
            into=ExternalStage("out"),
            formatter=CSVFormatter().compression(None),
        )
        connection.execute(copy)
        same(len(connection.execute(sa.text("list @out")).all()), 1)


@scenario
def frames() -> None:
    made = engine("orm_frames")
    frame = pandas.DataFrame(
        {"id": range(50), "name": [f"n{n}" for n in range(50)], "at": pandas.Timestamp("2024-02-29 12:00")}
    )
    with made.begin() as connection:
        frame.to_sql("plain", connection, index=False)
        same(
            connection.execute(sa.text("select count(*), max(at) from plain")).one(), (50, dt.datetime(2024, 2, 29, 12))
        )
        frame.to_sql("plain", connection, index=False, if_exists="append", method="multi", chunksize=25)
        same(len(pandas.read_sql("select * from plain", connection)), 100)
        frame.to_sql("plain", connection, index=False, if_exists="replace")
        back = pandas.read_sql_table("plain", connection)
        same((list(back.columns), back["id"].sum(), len(back)), (["id", "name", "at"], 1225, 50))
        same(len(pandas.read_sql(sa.text("select * from plain where id < :n"), connection, params={"n": 5})), 5)
        upper = frame.drop(columns="at").rename(columns=str.upper)
        upper.to_sql("written", made, index=False, method=pd_writer)
        same(connection.execute(sa.text("select sum(id), min(name) from written")).one(), (1225, "n0"))
        upper.to_sql("written", made, index=False, method=make_pd_writer(parallel=1), if_exists="append")
    with made.connect() as connection:
        same(connection.execute(sa.text("select count(*) from written")).scalar(), 100)
        same(len(list(pandas.read_sql("select * from written", connection, chunksize=40))), 3)


@scenario
def urls() -> None:
    url = "snowflake://ada:x@local/?warehouse=compute_wh&role=sysadmin"
    place = {"host": "127.0.0.1", "port": PLACE.port, "protocol": "http"}
    with sa.create_engine(url, connect_args=place).connect() as connection:
        row = connection.execute(sa.text("select current_user(), current_warehouse(), current_role()")).one()
        same(row, ("ADA", "COMPUTE_WH", "SYSADMIN"))
        same(connection.dialect.server_version_info is not None, True)


if __name__ == "__main__":
    main()
