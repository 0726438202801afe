"""What UNLOAD's writers make of values: the text of each format."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from dw_simulator.emulators.redshift.copy.unload_command import UnloadOptions
from dw_simulator.emulators.redshift.copy.writers import FileWriter

WHOLE = [datetime(2024, 5, 6, 7, 8, 9), None, datetime(1969, 12, 31, 23, 59, 59)]
PARTS = [datetime(2024, 5, 6, 7, 8, 9, 120000), None, datetime(1969, 12, 31, 23, 59, 59)]


def written(columns, **options):
    output = io.BytesIO()
    table = pa.table(columns)
    writer = FileWriter(output, table.schema, UnloadOptions(**options))
    for batch in table.to_batches():
        writer.write(batch)
    return output.getvalue().decode()


CASES = [
    ({"a": pa.array([1, None, -3]), "b": pa.array([True, False, None])}, {"format": "csv"}, "1,t\n,f\n-3,\n"),
    ({"a": pa.array(WHOLE)}, {"format": "csv"}, "2024-05-06 07:08:09\n\n1969-12-31 23:59:59\n"),
    ({"a": pa.array(PARTS)}, {"format": "csv"}, "2024-05-06 07:08:09.12\n\n1969-12-31 23:59:59\n"),
    (
        {"a": pa.array([datetime(2024, 5, 6, tzinfo=UTC)], pa.timestamp("us", "UTC"))},
        {"format": "csv"},
        "2024-05-06 00:00:00+00\n",
    ),
    ({"a": pa.array([date(2024, 5, 6)]), "b": pa.array([Decimal("1.50")])}, {"format": "csv"}, "2024-05-06,1.50\n"),
    (
        {"a": pa.array(["x", 'say "hi"', "a,b", "l\nm", "", None])},
        {"format": "csv"},
        'x\n"say ""hi"""\n"a,b"\n"l\nm"\n\n\n',
    ),
    ({"a": pa.array(["é", "日本"]), "b": pa.array([1.5, 0.25])}, {"format": "csv"}, "é,1.5\n日本,0.25\n"),
    ({"a": pa.array([1.5, 2.0]), "b": pa.array([1, 2])}, {"format": "csv", "delimiter": "."}, '"1.5".1\n2.2\n'),
    ({"a": pa.array([1, None])}, {"format": "csv", "null_as": "a,b"}, '1\n"a,b"\n'),
    ({"a": pa.array([date(2024, 5, 6)])}, {"format": "csv", "delimiter": "-"}, '"2024-05-06"\n'),
    ({"a": pa.array(["x|y", None]), "b": pa.array([1, 2])}, {"escape": True, "null_as": "NULL"}, "x\\|y|1\nNULL|2\n"),
    ({"a": pa.array(["x", "y"])}, {"add_quotes": True}, '"x"\n"y"\n'),
    (
        {"a": pa.array(["x", "yz"]), "b": pa.array([1, 20])},
        {"format": "fixedwidth", "widths": (3, 2)},
        "x  1 \nyz 20\n",
    ),
    ({"a": pa.array([], pa.string())}, {"format": "csv", "header": True}, "a\n"),
    ({"a": pa.chunked_array([["x"], ["y", "z"]])}, {"format": "csv"}, "x\ny\nz\n"),
]


@pytest.mark.parametrize(("columns", "options", "expected"), CASES)
def test_text(columns, options, expected):
    assert written(columns, **options) == expected


def test_a_slice_of_rows_is_written_alone():
    table = pa.table({"a": ["first", "second", "third"]})
    output = io.BytesIO()
    writer = FileWriter(output, table.schema, UnloadOptions(format="csv"))
    writer.write(table.slice(1, 1).to_batches()[0])
    assert output.getvalue() == b"second\n"
