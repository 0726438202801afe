"""SQLAlchemy with sqlalchemy-redshift, over psycopg2 and redshift_connector; pandas on top of it."""

import pandas as pd
import sqlalchemy as sa
from scenarios import DATABASE, PASSWORD, ROLE, USER, arguments, refusal, run
from sqlalchemy import orm
from sqlalchemy_redshift import commands, ddl
from sqlalchemy_redshift.dialect import SUPER, TIMESTAMPTZ

PORT, _, BUCKET = arguments()
SCHEMA = "by_sqlalchemy"


def engine_of(driver, **options):
    url = sa.URL.create(f"redshift+{driver}", USER, PASSWORD, "127.0.0.1", PORT, DATABASE)
    return sa.create_engine(url, connect_args=options)


ENGINES = [engine_of("psycopg2", sslmode="disable"), engine_of("redshift_connector", ssl=False)]
ENGINE = ENGINES[0]
METADATA = sa.MetaData(schema=SCHEMA)
CUSTOMERS = sa.Table(
    "customers",
    METADATA,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False, info={"encode": "zstd"}),
    sa.Column("name", sa.String(50), nullable=False, comment="as spoken"),
    sa.Column("info", SUPER),
    sa.Column("seen", TIMESTAMPTZ),
    sa.Column("code", sa.String(5), unique=True),
    redshift_diststyle="KEY",
    redshift_distkey="id",
    redshift_sortkey=("name", "id"),
    comment="people",
)
ORDERS = sa.Table(
    "orders",
    METADATA,
    sa.Column("id", sa.Integer, sa.Identity(start=5, increment=2), primary_key=True),
    sa.Column("customer", sa.BigInteger, sa.ForeignKey(CUSTOMERS.c.id)),
    sa.Column("amount", sa.Numeric(10, 2), server_default="1.5"),
    redshift_interleaved_sortkey=("customer", "amount"),
    redshift_diststyle="ALL",
)


class Base(orm.DeclarativeBase):
    pass


class Customer(Base):
    __table__ = CUSTOMERS


def rows(statement, engine=ENGINE, **values):
    with engine.begin() as connection:
        result = connection.execute(sa.text(statement) if isinstance(statement, str) else statement, values)
        return [tuple(row) for row in result] if result.returns_rows else []


rows(f"drop schema if exists {SCHEMA} cascade")
rows(f"create schema {SCHEMA}")
METADATA.create_all(ENGINE)
rows(f"create view {SCHEMA}.early as select id, name from {SCHEMA}.customers")
rows(f"create view {SCHEMA}.late as select id, name from {SCHEMA}.customers with no schema binding")


def case_names():
    for engine in ENGINES:
        found = sa.inspect(engine)
        schemas = found.get_schema_names()
        assert {"information_schema", "public", SCHEMA} <= set(schemas)
        assert [name for name in schemas if name.startswith(("dw_", "pg_"))] == []
        assert sorted(found.get_table_names(schema=SCHEMA)) == ["customers", "orders"]
        assert sorted(found.get_view_names(schema=SCHEMA)) == ["early", "late"]
        assert found.get_sequence_names(schema=SCHEMA) == []
        assert found.has_table("customers", schema=SCHEMA)
        assert not found.has_table("no_such_table", schema=SCHEMA)
        refusal(sa.exc.NoSuchTableError, lambda: found.get_columns("no_such_table", schema=SCHEMA))  # noqa: B023


def case_columns_and_keys():
    for engine in ENGINES:
        found = sa.inspect(engine)
        columns = {column["name"]: column for column in found.get_columns("customers", schema=SCHEMA)}
        types = {name: str(column["type"]) for name, column in columns.items()}
        assert types == {
            "id": "BIGINT",
            "name": "VARCHAR(50)",
            "info": "SUPER",
            "seen": "TIMESTAMPTZ",
            "code": "VARCHAR(5)",
        }
        assert [name for name, column in columns.items() if not column["nullable"]] == ["id", "name"]
        assert columns["name"]["comment"] == "as spoken"
        assert found.get_table_comment("customers", schema=SCHEMA) == {"text": "people"}
        assert found.get_pk_constraint("customers", schema=SCHEMA)["constrained_columns"] == ["id"]
        (key,) = found.get_foreign_keys("orders", schema=SCHEMA)
        assert (key["constrained_columns"], key["referred_table"], key["referred_columns"]) == (
            ["customer"],
            "customers",
            ["id"],
        )
        (unique,) = found.get_unique_constraints("customers", schema=SCHEMA)
        assert unique == {"name": "customers_code_key", "column_names": ["code"]}
        assert found.get_columns("orders", schema=SCHEMA)[-1]["default"] == "1.5"


def case_views_of_both_kinds():
    found = sa.inspect(ENGINE)
    for view in ("early", "late"):
        assert [column["name"] for column in found.get_columns(view, schema=SCHEMA)] == ["id", "name"]
    assert "FROM by_sqlalchemy.customers" in found.get_view_definition("early", schema=SCHEMA)
    late = found.get_view_definition("late", schema=SCHEMA)
    assert late.endswith("from by_sqlalchemy.customers with no schema binding"), late


def case_everything_reflected():
    for engine in ENGINES:
        reflected = sa.MetaData()
        reflected.reflect(engine, schema=SCHEMA, views=True)
        options = {
            name.removeprefix(f"{SCHEMA}."): dict(table.dialect_options["redshift"])
            for name, table in reflected.tables.items()
        }
        assert sorted(options) == ["customers", "early", "late", "orders"]
        customers, orders = options["customers"], options["orders"]
        assert (customers["diststyle"], customers["distkey"], customers["sortkey"]) == ("KEY", "id", ("name", "id"))
        assert (orders["diststyle"], orders["interleaved_sortkey"]) == ("ALL", ("customer", "amount"))


def case_objects_written_and_read():
    for engine in ENGINES:
        rows(sa.delete(CUSTOMERS), engine)
        with orm.Session(engine) as session:
            session.add_all([Customer(id=number, name=f"n{number}", info='{"a": 1}') for number in range(4)])
            session.commit()
            session.get(Customer, 2).name = "changed"
            session.delete(session.get(Customer, 3))
            session.commit()
            assert session.scalars(sa.select(Customer.name).order_by(Customer.id)).all() == ["n0", "n1", "changed"]
        assert rows(f"select info.a from {SCHEMA}.customers where id = 1", engine) == [("1",)]


def case_copy_and_unload():
    target = f"s3://{BUCKET}/sqlalchemy/"
    rows(sa.delete(CUSTOMERS))
    rows(sa.insert(CUSTOMERS), id=1, name="é")
    query = sa.select(CUSTOMERS.c.id, CUSTOMERS.c.name).where(CUSTOMERS.c.name == "é")
    rows(
        commands.UnloadFromSelect(query, target, iam_role_arns=ROLE, format="CSV", allow_overwrite=True, parallel=False)
    )
    copy = commands.CopyCommand(
        [CUSTOMERS.c.id, CUSTOMERS.c.name], target, iam_role_arns=ROLE, format="CSV", region="us-east-1", max_error=0,
        truncate_columns=True, comp_update=False, stat_update=True, time_format="auto", blanks_as_null=True,
    )  # fmt: skip
    rows(copy)
    assert rows(sa.select(CUSTOMERS.c.id, CUSTOMERS.c.name)) == [(1, "é")] * 2


def case_materialized_views():
    query = sa.select(CUSTOMERS.c.id, sa.func.count(CUSTOMERS.c.id).label("n")).group_by(CUSTOMERS.c.id)
    rows(ddl.CreateMaterializedView("by_sqlalchemy_mv", query, distkey="id", sortkey="id"))
    rows(commands.RefreshMaterializedView("by_sqlalchemy_mv"))
    rows(ddl.DropMaterializedView("by_sqlalchemy_mv", if_exists=True))


def case_levels_streams_and_savepoints():
    for engine in ENGINES:
        for level in ("SERIALIZABLE", "AUTOCOMMIT"):
            with engine.connect().execution_options(isolation_level=level) as connection:
                assert connection.scalar(sa.text("select 1")) == 1
        with engine.connect().execution_options(stream_results=True, yield_per=2) as connection:
            assert len(connection.execute(sa.text("select generate_series(1, 5)")).all()) == 5
        with engine.connect() as connection:
            assert "savepoint" in str(refusal(sa.exc.ProgrammingError, connection.begin_nested)).lower()


def case_pandas():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.to_datetime(["2020-01-01", None]), "d": [True, False]})
    for engine in ENGINES:
        target = {"con": engine, "schema": SCHEMA, "index": False}
        frame.to_sql("frames", if_exists="replace", method="multi", **target)
        frame.to_sql("frames", if_exists="append", **target)
        with engine.connect() as connection:
            found = pd.read_sql(sa.text(f"select * from {SCHEMA}.frames order by a"), connection)
            assert [str(kind) for kind in found.dtypes][2:] == ["datetime64[us]", "bool"]
            assert pd.read_sql_table("frames", connection, schema=SCHEMA).shape == (4, 4)


run(dict(globals()))
for opened in ENGINES:
    opened.dispose()
