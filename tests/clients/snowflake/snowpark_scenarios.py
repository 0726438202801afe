"""What users do with Snowpark for Python: frames, writes, stages, functions."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pandas
from harness import PLACE, fails, main, options, same, scenario
from snowflake.snowpark import DataFrame, Row, Session, Window
from snowflake.snowpark import functions as f
from snowflake.snowpark import types as t
from snowflake.snowpark.exceptions import SnowparkSQLException


def session(name: str) -> Session:
    """A session whose database is new."""
    made = Session.builder.configs(options()).create()
    made.sql(f"create or replace database {name}").collect()
    return made


def values(frame: DataFrame) -> list[tuple]:
    return [tuple(row) for row in frame.collect()]


@scenario
def frames_from_python() -> None:
    with session("park_made") as park:
        frame = park.create_dataframe([(1, "x", 1.5), (2, None, 2.5)], schema=["id", "name", "amount"])
        same(values(frame.sort("id")), [(1, "x", 1.5), (2, None, 2.5)])
        same(frame.columns, ["ID", "NAME", "AMOUNT"])
        same(frame.count(), 2)
        same(values(park.create_dataframe([Row(a=1, b=[1, 2]), Row(a=2, b=[])]).select("a")), [(1,), (2,)])
        same(values(park.create_dataframe([{"a": 1}, {"a": 2}]).filter(f.col("a") > 1)), [(2,)])
        schema = t.StructType(
            [
                t.StructField("i", t.IntegerType()),
                t.StructField("d", t.DecimalType(10, 2)),
                t.StructField("day", t.DateType()),
                t.StructField("at", t.TimestampType(t.TimestampTimeZone.NTZ)),
                t.StructField("b", t.BinaryType()),
                t.StructField("v", t.VariantType()),
                t.StructField("l", t.ArrayType()),
                t.StructField("m", t.MapType()),
                t.StructField("o", t.BooleanType()),
                t.StructField("time", t.TimeType()),
            ]
        )
        moment = dt.datetime(2024, 2, 29, 12, 34, 56)
        row = (
            1,
            Decimal("1.50"),
            moment.date(),
            moment,
            b"\x00\xff",
            {"k": 1},
            [1, "x"],
            {"a": 2},
            True,
            moment.time(),
        )
        frame = park.create_dataframe([row, (None,) * 10], schema=schema)
        found = frame.sort(f.col("i").asc_nulls_last()).collect()
        same((found[0][:4], bytes(found[0][4]), found[0][8:]), (row[:4], b"\x00\xff", row[8:]))
        same([json.loads(text) for text in found[0][5:8]], [{"k": 1}, [1, "x"], {"a": 2}])
        same(tuple(found[1]), (None,) * 10)
        same(
            [str(field.datatype) for field in frame.schema.fields][:4],
            ["LongType()", "DecimalType(10, 2)", "DateType()", "TimestampType(timezone=TimestampTimeZone('ntz'))"],
        )
        many = park.create_dataframe([(n, f"n{n}") for n in range(2000)], schema=["a", "b"])
        same(
            many.agg(f.sum("a"), f.count_distinct("b")).collect()[0].as_dict(),
            {"SUM(A)": 1999000, "COUNT(DISTINCT B)": 2000},
        )
        same(values(park.range(1, 10, 3)), [(1,), (4,), (7,)])


@scenario
def frames_from_pandas() -> None:
    with session("park_pandas") as park:
        source = pandas.DataFrame({"A": [1, 2, 3], "B": ["x", "y", None]})
        frame = park.create_dataframe(source)
        same(frame.to_pandas().sort_values("A")["B"].tolist()[:2], ["x", "y"])
        written = park.write_pandas(source, "WRITTEN", auto_create_table=True)
        same(written.count(), 3)
        park.write_pandas(source, "WRITTEN", overwrite=True)
        same(park.table("written").count(), 3)
        same(sum(len(batch) for batch in park.range(50_000).to_pandas_batches()), 50_000)
        same(sum(1 for _ in park.range(1000).to_local_iterator()), 1000)
        same(park.range(10).to_arrow().num_rows, 10)


@scenario
def relational() -> None:
    with session("park_relational") as park:
        left = park.create_dataframe([(1, "a", 10), (2, "b", 20), (3, "a", 30)], schema=["id", "kind", "n"])
        right = park.create_dataframe([("a", "first"), ("c", "third")], schema=["kind", "label"])
        same(
            values(left.group_by("kind").agg(f.sum("n").alias("total"), f.max("id")).sort("kind")),
            [("a", 40, 3), ("b", 20, 2)],
        )
        same(values(left.group_by("kind").count().sort("kind")), [("a", 2), ("b", 1)])
        same(
            values(left.join(right, "kind", "left").select("id", "label").sort("id")),
            [(1, "first"), (2, None), (3, "first")],
        )
        same(
            values(
                left.join(right, left.kind == right.kind, "full")
                .select(left.id, right.label)
                .sort(f.col("id").asc_nulls_last())
            ),
            [(1, "first"), (2, None), (3, "first"), (None, "third")],
        )
        same(values(left.join(right, "kind", "semi").select("id").sort("id")), [(1,), (3,)])
        same(values(left.join(right, "kind", "anti").select("id")), [(2,)])
        same(left.cross_join(right).count(), 6)
        window = Window.partition_by("kind").order_by(f.col("n").desc())
        ranked = left.with_column("rank", f.row_number().over(window)).with_column("before", f.lag("n").over(window))
        same(values(ranked.filter(f.col("rank") == 1).select("id", "before").sort("id")), [(2, None), (3, None)])
        running = f.sum("n").over(Window.order_by("id").rows_between(Window.UNBOUNDED_PRECEDING, Window.CURRENT_ROW))
        same(values(left.select("id", running.alias("r")).sort("id")), [(1, 10), (2, 30), (3, 60)])
        same(values(left.union_all(left).distinct().select(f.count("*"))), [(3,)])
        same(values(left.intersect(left.filter("id = 1")).select("id")), [(1,)])
        same(values(left.except_(left.filter("id = 1")).select("id").sort("id")), [(2,), (3,)])
        same(values(left.pivot("kind", ["a", "b"]).sum("n").sort("id")), [(1, 10, None), (2, None, 20), (3, 30, None)])
        wide = park.create_dataframe([(1, 10, 20)], schema=["id", "jan", "feb"])
        same(values(wide.unpivot("sales", "month", ["jan", "feb"]).sort("month")), [(1, "FEB", 20), (1, "JAN", 10)])
        same(values(left.drop("n").sort("id").limit(1, 1)), [(2, "b")])
        same(values(left.na.fill(0).dropna().sort(f.col("id").desc()).limit(1)), [(3, "a", 30)])
        same(
            values(left.rollup("kind").agg(f.sum("n")).sort(f.col("kind").asc_nulls_last())),
            [("a", 40), ("b", 20), (None, 60)],
        )
        same(values(left.with_column_renamed("n", "amount").select("amount").sort("amount").limit(1)), [(10,)])
        same(left.select(f.when(f.col("n") > 15, "big").otherwise("small").alias("size")).distinct().count(), 2)
        same(left.stat.approx_quantile("n", [0.5]), [20.0])
        same(left.describe().count(), 5)
        left.show(2)
        left.explain()
        same(left.sample(frac=1.0).count(), 3)
        same(sum(part.count() for part in left.random_split([0.5, 0.5], seed=1)), 3)
        same(left.sort("id").first(), Row(ID=1, KIND="a", N=10))
        same(values(left.to_df("x", "y", "z").select("z").sort("z"))[0], (10,))


@scenario
def tables() -> None:
    with session("park_tables") as park:
        frame = park.create_dataframe([(1, "x"), (2, "y")], schema=["id", "name"])
        frame.write.save_as_table("kept")
        frame.write.mode("append").save_as_table("kept")
        same(park.table("kept").count(), 4)
        frame.write.mode("overwrite").save_as_table("kept")
        same(park.table("kept").count(), 2)
        frame.write.mode("ignore").save_as_table("kept")
        frame.write.mode("truncate").save_as_table("kept")
        same(park.table("kept").count(), 2)
        fails(lambda: frame.write.mode("errorifexists").save_as_table("kept"), SnowparkSQLException, "already exists")
        frame.write.save_as_table(["PARK_TABLES", "PUBLIC", "passing"], table_type="temporary")
        same(park.sql("show tables like 'passing'").collect()[0]["kind"], "TEMPORARY")
        table = park.table("kept")
        same(tuple(table.update({"name": f.lit("z")}, table["id"] == 1)), (1, 0))
        same(tuple(table.delete(table["id"] == 2)), (1,))
        source = park.create_dataframe([(1, "merged"), (9, "new")], schema=["id", "name"])
        merged = table.merge(
            source,
            table["id"] == source["id"],
            [
                f.when_matched().update({"name": source["name"]}),
                f.when_not_matched().insert({"id": source["id"], "name": source["name"]}),
            ],
        )
        same((merged.rows_inserted, merged.rows_updated, merged.rows_deleted), (1, 1, 0))
        same(values(table.sort("id")), [(1, "merged"), (9, "new")])
        cached = table.cache_result()
        table.delete()
        same((cached.count(), table.count()), (2, 0))
        cached.drop_table()
        table.filter("id = 1").create_or_replace_dynamic_table("followed", warehouse="compute_wh", lag="1 hour")
        same(park.table("followed").count(), 0)
        park.sql("insert into kept values (1, 'late')").collect()
        park.sql("alter dynamic table followed refresh").collect()
        same(values(park.table("followed")), [(1, "late")])
        frame.create_or_replace_view("seen")
        frame.create_or_replace_temp_view("seen_now")
        same((park.table("seen").count(), park.table("seen_now").count()), (2, 2))
        same(park.table("kept").is_cached, False)
        table.drop_table()
        fails(lambda: park.table("kept").collect(), SnowparkSQLException, "KEPT")
        frame.write.copy_into_location("@~/park/", file_format_type="csv", overwrite=True, header=True)
        assert park.sql("list @~/park/").collect()


@scenario
def files() -> None:
    with session("park_files") as park:
        path = PLACE.folder / "park.csv"
        path.write_text("1,x\n2,y\n")
        park.sql("create stage s").collect()
        same(park.file.put(str(path), "@s/in", auto_compress=False)[0].status, "UPLOADED")
        schema = t.StructType([t.StructField("a", t.IntegerType()), t.StructField("b", t.StringType())])
        read = park.read.schema(schema).csv("@s/in/park.csv")
        same(values(read.sort("a")), [(1, "x"), (2, "y")])
        read.copy_into_table("loaded")
        same(park.table("loaded").count(), 2)
        park.file.get("@s/in", str(PLACE.folder / "back"))
        same((PLACE.folder / "back" / "park.csv").read_text(), "1,x\n2,y\n")
        with path.open("rb") as stream:
            park.file.put_stream(stream, "@s/stream/park.csv", auto_compress=False)
        same(park.file.get_stream("@s/stream/park.csv").read(), b"1,x\n2,y\n")
        lines = PLACE.folder / "park.json"
        lines.write_text('{"a": 1, "b": {"c": [1, 2]}}\n{"a": 2}\n')
        park.file.put(str(lines), "@s/json", auto_compress=True)
        read = park.read.json("@s/json")
        same(values(read.select(f.col("$1")["a"].cast("int").alias("n")).sort("n")), [(1,), (2,)])
        frame = park.create_dataframe([(1, "x"), (2, "y")], schema=["id", "name"])
        frame.write.copy_into_location("@s/parquet/", file_format_type="parquet", header=True, overwrite=True)
        back = park.read.parquet("@s/parquet/")
        same(values(back.sort('"ID"')), [(1, "x"), (2, "y")])


@scenario
def semistructured() -> None:
    with session("park_semi") as park:
        frame = park.create_dataframe([(1, '{"a": [1, 2], "b": {"c": "x"}}')], schema=["id", "doc"])
        parsed = frame.select("id", f.parse_json("doc").alias("doc"))
        same(values(parsed.select(f.col("doc")["b"]["c"].cast("string"), f.col("doc")["a"][1].cast("int"))), [("x", 2)])
        flat = parsed.join_table_function("flatten", f.col("doc")["a"])
        same(values(flat.select("id", f.col("value").cast("int").alias("n")).sort("n")), [(1, 1), (1, 2)])
        same(values(parsed.flatten(f.col("doc")["a"]).select(f.col("index")).sort("index")), [(0,), (1,)])
        same(
            values(
                parsed.select(f.explode(f.col("doc")["a"].cast(t.ArrayType())))
                .select(f.col("value").cast("int").alias("n"))
                .sort("n")
            ),
            [(1,), (2,)],
        )
        same(values(park.table_function("split_to_table", f.lit("a b"), f.lit(" ")).select("value")), [("a",), ("b",)])
        same(
            values(parsed.select(f.object_keys("doc"), f.array_size(f.col("doc")["a"]), f.typeof(f.col("doc")["b"]))),
            [('[\n  "a",\n  "b"\n]', 2, "OBJECT")],
        )
        same(
            values(park.generator(f.seq4(), f.uniform(1, 1, f.random()), rowcount=2).to_df("a", "b").sort("a")),
            [(0, 1), (1, 1)],
        )


@scenario
def calls() -> None:
    with session("park_calls") as park:
        frame = park.create_dataframe([(4.0, "x")], schema=["a", "b"])
        same(
            values(frame.select(f.call_builtin("sqrt", f.col("a")), f.call_function("upper", f.col("b")))), [(2.0, "X")]
        )
        same(
            values(frame.select(f.sql_expr("a + 1"), f.concat(f.col("b"), f.lit("!")), f.to_date(f.lit("2024-02-29")))),
            [(5.0, "x!", dt.date(2024, 2, 29))],
        )
        same(values(park.sql("select ? + 1, ?", params=[1, "x"])), [(2, "x")])
        same(values(park.sql("select 1 a").union_all(park.sql("select 2 a")).sort("a")), [(1,), (2,)])
        job = park.sql("select 7 a").collect_nowait()
        same((job.result()[0][0], job.is_done()), (7, True))
        same(park.sql("select 1").to_pandas().shape, (1, 1))
        same(
            (park.get_current_database(), park.get_current_schema(), park.get_current_role()),
            ('"PARK_CALLS"', '"PUBLIC"', '"ACCOUNTADMIN"'),
        )
        park.use_schema("information_schema")
        park.use_database("park_calls")
        park.use_warehouse("compute_wh")
        same(park.get_current_warehouse(), '"COMPUTE_WH"')
        park.query_tag = "tagged"
        same(values(park.sql("select system$typeof(1)"))[0][0], "NUMBER(1,0)[SB1]")
        with park.query_history() as history:
            park.sql("select 42").collect()
        same(history.queries[0].sql_text, "select 42")
        park.sql("create function twice(n int) returns int as 'n * 2'").collect()
        same(values(park.sql("select 4 n").select(f.call_udf("twice", f.col("n")))), [(8,)])
        error = fails(lambda: park.sql("select * from nothing").collect(), SnowparkSQLException, "NOTHING")
        same((error.sql_error_code, bool(error.sfqid)), (2003, True))


@scenario
def functions_in_python() -> None:
    with session("park_functions") as park:
        frame = park.create_dataframe([(1, 2), (3, 4)], schema=["a", "b"])
        add = f.udf(lambda x, y: x + y, return_type=t.IntegerType(), input_types=[t.IntegerType(), t.IntegerType()])
        same(sorted(values(frame.select(add("a", "b")))), [(3,), (7,)])
        triple = f.pandas_udf(
            lambda x: x * 3,
            return_type=t.PandasSeriesType(t.FloatType()),
            input_types=[t.PandasSeriesType(t.FloatType())],
        )
        same(sorted(values(frame.select(triple(f.col("a").cast("float"))))), [(3.0,), (9.0,)])
        park.sql("create stage code").collect()

        @f.udf(name="kept", is_permanent=True, stage_location="@code", session=park)
        def kept(text: str) -> str:
            return text[::-1]

        same(values(park.sql("select kept('abc')")), [("cba",)])

        class Numbers:
            def process(self, n):
                for i in range(n):
                    yield (i,)

        schema = t.StructType([t.StructField("i", t.IntegerType())])
        numbers = f.udtf(Numbers, output_schema=schema, input_types=[t.IntegerType()], session=park)
        same(values(park.table_function(numbers(f.lit(3))).sort("i")), [(0,), (1,), (2,)])

        class Largest:
            def end_partition(self, rows):
                yield rows.nlargest(1, "N")[["N"]]

        largest = f.pandas_udtf(
            Largest,
            output_schema=t.PandasDataFrameType([t.IntegerType()], ["most"]),
            input_types=[t.PandasDataFrameType([t.IntegerType()])],
            input_names=["n"],
            session=park,
        )
        groups = park.create_dataframe([("x", 2), ("x", 7), ("y", 1)], schema=["k", "n"])
        found = groups.join_table_function(largest("n").over(partition_by="k")).select("k", "most")
        same(sorted(values(found)), [("x", 7), ("y", 1)])


@scenario
def table_functions_in_batches() -> None:
    """Vendor page: "Vectorized Python UDTFs": batches of rows, columns as lists, one row for each that is given."""
    with session("park_batches") as park:

        class Mean:
            def __init__(self) -> None:
                self.values = []

            def process(self, frame):
                self.values.append(len(frame))
                return ([None] * len(frame),)

            def end_partition(self):
                return ([float(sum(self.values)), float(len(self.values))],)

        mean = park.udtf.register(
            Mean,
            output_schema=t.PandasDataFrameType([t.FloatType()], ["mean"]),
            input_types=[t.PandasDataFrameType([t.StringType(), t.IntegerType()])],
            max_batch_size=2,
        )
        rows = park.create_dataframe([("x", 10), ("x", 20), ("x", 33), ("y", 10)], schema=["k", "n"])
        found = rows.select("k", mean("k", "n").over(partition_by="k")).filter(f.col("mean").is_not_null())
        same(sorted(values(found)), [("x", 2.0), ("x", 3.0), ("y", 1.0), ("y", 1.0)])


@scenario
def schemas_of_values() -> None:
    with session("park_schemas") as park:
        same([field.nullable for field in park.create_dataframe([(1, "a")], schema=["i", "s"]).schema], [False, False])
        same(park.create_dataframe([(1,), (None,)], schema=["i"]).schema.fields[0].nullable, True)
        made = park.create_dataframe([(1, 2.5)], schema=["i", "x"])
        sums = made.select((f.col("i") + 1) / 2, f.col("x") * f.col("i"), f.col("i") > 1, f.col("i").is_null())
        same([field.nullable for field in sums.schema], [False, False, True, True])
        park.sql("create table kept as select column1 a from values (1)").collect()
        same(park.table("kept").schema.fields[0].nullable, True)
        point = park.sql("select to_geography('POINT(1 2)') g")
        same(point.schema.fields[0].datatype, t.GeographyType())
        for style, shown in (("WKT", "POINT(1 2)"), ("WKB", "0101000000000000000000F03F0000000000000040")):
            value = point.collect(statement_params={"GEOGRAPHY_OUTPUT_FORMAT": style})[0][0]
            same(value.hex().upper() if isinstance(value, (bytes, bytearray)) else value, shown)


@scenario
def procedures_in_python() -> None:
    with session("park_procedures") as park:
        park.sql("create temporary table mine(a int)").collect()

        @f.sproc(name="fill", session=park, packages=["snowflake-snowpark-python"], execute_as="caller")
        def fill(inner: Session, n: int) -> str:
            inner.sql(f"insert into mine select seq4() from table(generator(rowcount => {n}))").collect()
            inner.range(n).filter(f.col("id") > 1).write.save_as_table("made", mode="overwrite")
            return inner.get_current_database()

        same(fill(5), '"PARK_PROCEDURES"')
        same((park.table("mine").count(), park.table("made").count()), (5, 3))
        park.sql(
            "create procedure rows_of() returns table() language python runtime_version = '3.11' "
            "packages = ('snowflake-snowpark-python') handler = 'h' as 'def h(s): return s.sql(\"select 1 a\")'"
        ).collect()
        same(values(park.call("rows_of")), [(1,)])
        park.sql(
            "create procedure broken() returns int language python runtime_version = '3.11' "
            "packages = ('snowflake-snowpark-python') handler = 'h' as 'def h(s): return s.table(\"nosuch\").count()'"
        ).collect()
        fails(lambda: park.call("broken"), SnowparkSQLException, "NOSUCH")


if __name__ == "__main__":
    main()
