import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest

from dw_simulator.errors import NotFound
from dw_simulator.experiments.queries.cells import kind_of_column
from dw_simulator.experiments.queries.compare import Rows, compare
from dw_simulator.experiments.queries.spool import Spool
from dw_simulator.schema import Warehouse
from dw_simulator.warehouses.base import ResultColumn

REDSHIFT, SNOWFLAKE, SQLITE = Warehouse.REDSHIFT, Warehouse.SNOWFLAKE, Warehouse.SQLITE
MOMENT = dt.datetime(2024, 2, 29, 13, 14, 15)
UTC_MOMENT = pa.array([MOMENT], pa.timestamp("us", "UTC"))


@pytest.fixture
def side(tmp_path):
    """``side(warehouse, ("name", "type", array), …)``: a result."""
    spools = []

    def make(warehouse, *columns):
        batch = pa.record_batch([array for _, _, array in columns], names=[name for name, _, _ in columns])
        spool = Spool(tmp_path, batch.schema)
        spool.write(batch)
        spools.append(spool)
        described = [ResultColumn(name, kind) for name, kind, _ in columns]
        kinds = [kind_of_column(*pair) for pair in zip(described, batch.schema.types, strict=True)]
        return Rows(warehouse, described, kinds, spool)

    yield make
    for spool in spools:
        spool.close()


def decimals(scale, *values):
    return pa.array([None if value is None else Decimal(value) for value in values], pa.decimal128(38, scale))


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (("integer", pa.array([1, None])), ("NUMBER(38,0)", decimals(0, 1, None)), True),
        (("numeric(10,2)", decimals(2, "1.50")), ("NUMBER(10,1)", decimals(1, "1.5")), True),
        (("numeric(10,2)", decimals(2, "1.50")), ("NUMBER(10,3)", decimals(3, "1.501")), False),
        (("bigint", pa.array([2**53 + 1])), ("NUMBER(38,0)", decimals(0, 2**53 + 2)), False),
        (("double precision", pa.array([0.1 + 0.2])), ("FLOAT", pa.array([0.3])), True),
        (("double precision", pa.array([1.0])), ("FLOAT", pa.array([1.00000001])), False),
        (("real", pa.array([0.1], pa.float32())), ("FLOAT", pa.array([0.10000000149])), True),
        (("double precision", pa.array([float("nan")])), ("FLOAT", pa.array([float("nan")])), True),
        (("numeric(10,1)", decimals(1, "0.0")), ("FLOAT", pa.array([-0.0])), True),
        (("text", pa.array(["a "])), ("TEXT", pa.array(["a"])), False),
        (("character(3)", pa.array(["a  "])), ("TEXT", pa.array(["a"])), True),
        (("timestamp with time zone", UTC_MOMENT), ("TIMESTAMP_NTZ", pa.array([MOMENT])), True),
        (("date", pa.array([MOMENT.date()])), ("TIMESTAMP_NTZ", pa.array([dt.datetime(2024, 2, 29)])), True),
        (("super", pa.array(['{"a":1,"b":[1.0]}'])), ("VARIANT", pa.array(['{"b": [1], "a": 1.0}'])), True),
        (("super", pa.array(['{"a":1}'])), ("VARIANT", pa.array(['{"a":"1"}'])), False),
        (("varbyte", pa.array([b"\x00"])), ("BINARY", pa.array([b"\x00"])), True),
        (("boolean", pa.array([True])), ("BOOLEAN", pa.array([None], pa.bool_())), False),
    ],
)  # fmt: skip
def test_values(side, left, right, equal):
    mine, theirs = side(REDSHIFT, ("a", *left)), side(SNOWFLAKE, ("A", *right))
    for ordered in (True, False):
        assert compare(mine, theirs, ordered=ordered).equal is equal
        assert compare(theirs, mine, ordered=ordered).equal is equal


@pytest.mark.parametrize(
    ("array", "other"),
    [
        (pa.array(["2024-02-29"]), ("date", pa.array([MOMENT.date()]))),
        (pa.array(["2024-02-29 13:14:15+00:00"]), ("TIMESTAMP_TZ", pa.array([MOMENT], pa.timestamp("us", "UTC")))),
        (pa.array(["13:14:15"]), ("TIME", pa.array([MOMENT.time()], pa.time64("us")))),
        (pa.array(["1.50"]), ("numeric(10,2)", decimals(2, "1.50"))),
        (pa.array([1]), ("boolean", pa.array([True]))),
        (pa.array(['{"a": 1}']), ("VARIANT", pa.array(['{"a":1}']))),
    ],
)
def test_sqlite_is_read_as_what_the_other_has(side, array, other):
    name = "INTEGER" if pa.types.is_integer(array.type) else "TEXT"
    assert compare(side(SQLITE, ("a", name, array)), side(REDSHIFT, ("a", *other)), ordered=False).equal


def test_columns_that_cannot_be_compared(side):
    left = side(REDSHIFT, ("a", "integer", pa.array([1])), ("b", "text", pa.array(["x"])))
    right = side(SNOWFLAKE, ("B", "TEXT", pa.array(["x"])), ("A", "TEXT", pa.array(["1"])))
    found = compare(left, right, ordered=False)
    assert [(column.name, column.right_type, column.comparable) for column in found.columns] == [
        ("a", "TEXT", False),
        ("b", "TEXT", True),
    ]
    assert (found.equal, found.only_left, found.different) == (False, 0, 0)


def test_columns_belong_together_by_position_when_names_differ(side):
    left = side(REDSHIFT, ("count", "bigint", pa.array([3])))
    assert compare(left, side(SNOWFLAKE, ("COUNT(*)", "NUMBER(18,0)", pa.array([3]))), ordered=False).equal
    more = side(SNOWFLAKE, ("COUNT", "NUMBER(18,0)", pa.array([3])), ("X", "TEXT", pa.array(["x"])))
    found = compare(left, more, ordered=False)
    assert [(column.name, column.left_type, column.comparable) for column in found.columns] == [
        ("count", "bigint", True),
        ("X", None, False),
    ]
    assert not found.equal


def numbers(*values):
    return ("n", "bigint", pa.array(values, pa.int64()))


def texts(*values):
    return ("t", "text", pa.array(values))


def test_bags_count_how_often_a_row_is_there(side):
    left = side(REDSHIFT, numbers(3, 1, 1, 2))
    assert compare(left, side(REDSHIFT, numbers(1, 2, 3, 1)), ordered=False).equal
    found = compare(left, side(REDSHIFT, numbers(1, 2, 2, 4)), ordered=False)
    assert (found.only_left, found.only_right, found.different) == (2, 2, 0)
    assert sorted((each.kind, (each.left or each.right)[0]) for each in found.shown) == [
        ("only_left", 1), ("only_left", 3), ("only_right", 2), ("only_right", 4),
    ]  # fmt: skip


def test_ordered_rows_are_compared_by_position(side):
    left = side(REDSHIFT, numbers(1, 2, 3), texts("a", "b", "c"))
    found = compare(left, side(REDSHIFT, numbers(1, 2), texts("a", "x")), ordered=True)
    assert (found.only_left, found.only_right, found.different) == (1, 0, 1)
    different, only = found.shown
    assert (different.kind, different.left, different.right, different.columns) == (
        "different",
        [2, "b"],
        [2, "x"],
        ["t"],
    )
    assert (only.kind, only.left, only.right) == ("only_left", [3, "c"], None)


def test_a_key_says_which_rows_belong_together(side):
    left = side(REDSHIFT, numbers(1, 2, 2, 3, None), texts("a", "b", "c", "d", "e"))
    right = side(
        SNOWFLAKE, ("N", "NUMBER(38,0)", decimals(0, 4, 2, 1, 2, None)), ("T", "TEXT", pa.array(list("zxace")))
    )
    found = compare(left, right, ordered=True, key=["n"])
    assert (found.only_left, found.only_right, found.different) == (1, 1, 1)
    assert [(each.kind, each.left, each.right, each.columns) for each in found.shown] == [
        ("different", [2, "b"], [2, "x"], ["t"]),
        ("only_left", [3, "d"], None, []),
        ("only_right", None, [4, "z"], []),
    ]
    with pytest.raises(NotFound, match="'x', which is not in both results"):
        compare(left, right, ordered=False, key=["x"])


@pytest.mark.parametrize("rows", [10, 300])
def test_floats_on_two_sides_of_a_rounding_are_close(side, rows):
    values = [1.00000000005 + row for row in range(rows)]
    left = side(REDSHIFT, ("x", "double precision", pa.array([value * (1 + 4e-10) for value in values])))
    right = side(SNOWFLAKE, ("X", "FLOAT", pa.array([*reversed(values)])))
    assert compare(left, right, ordered=False).equal
    worse = side(SNOWFLAKE, ("X", "FLOAT", pa.array([*values[1:], 0.5])))
    found = compare(left, worse, ordered=False)
    assert (found.only_left, found.only_right) == (1, 1)


def test_the_first_differences_are_shown(side):
    found = compare(side(REDSHIFT, numbers(*range(1_000))), side(REDSHIFT, numbers()), ordered=False)
    assert (found.only_left, len(found.shown)) == (1_000, 200)


def test_results_without_columns_are_equal(side):
    assert compare(side(REDSHIFT), side(SNOWFLAKE), ordered=False).equal
