from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from dw_simulator.emulators.redshift.copy.convert import Doubt, FieldError, convert_column, convert_value
from dw_simulator.emulators.redshift.copy.copy_command import CopyOptions
from dw_simulator.emulators.redshift.copy.target import TargetColumn


def column(kind, *, length=0, precision=0, scale=0, not_null=False):
    return TargetColumn("c", kind, length, precision, scale, not_null, False, False)


RIGHT = [
    (column("int4"), " 12 ", {}, 12),
    (column("int4"), "", {}, None),
    (column("int2"), "-32768", {}, -32768),
    (column("varchar", length=3), "abc", {}, "abc"),
    (column("varchar", length=3), "é\u20ac", {"truncate_columns": True}, "é"),
    (column("varchar", length=3), "", {}, ""),
    (column("varchar", length=3), "", {"empty_as_null": True}, None),
    (column("varchar", length=3), "  ", {"blanks_as_null": True}, None),
    (column("varchar", length=3), "ab  ", {"trim_blanks": True}, "ab"),
    (column("numeric", precision=5, scale=2), "1.999", {}, Decimal("1.99")),
    (column("numeric", precision=5, scale=2), "1.995", {"round_decimals": True}, Decimal("2.00")),
    (column("numeric", precision=5, scale=2), "-1", {}, Decimal("-1.00")),
    (column("float8"), "1e3", {}, 1000.0),
    (column("bool"), "T", {}, True),
    (column("bool"), "no", {}, False),
    (column("date"), "2020-02-29", {}, date(2020, 2, 29)),
    (column("date"), "02/29/2020", {"date_format": "MM/DD/YYYY"}, date(2020, 2, 29)),
    (column("date"), "29-Feb-2020", {"date_format": "auto"}, date(2020, 2, 29)),
    (column("date"), "nonsense", {"accept_any_date": True}, None),
    (column("timestamp"), "2020-01-01 10:11:12.5", {}, datetime(2020, 1, 1, 10, 11, 12, 500000)),
    (column("timestamp"), "1577836800", {"time_format": "epochsecs"}, datetime(2020, 1, 1)),
    (column("timestamp"), "1577836800123", {"time_format": "epochmillisecs"}, datetime(2020, 1, 1, 0, 0, 0, 123000)),
    (column("timestamptz"), "2020-01-01 10:00:00+02", {}, datetime(2020, 1, 1, 8, tzinfo=UTC)),
    (column("super"), '{"a": [1, 2]}', {}, '{"a":[1,2]}'),
    (column("bytea", length=3), "616263", {}, b"abc"),
]


@pytest.mark.parametrize(("target", "text", "options", "expected"), RIGHT)
def test_one_value(target, text, options, expected):
    assert convert_value(text, target, CopyOptions(**options)) == expected


@pytest.mark.parametrize(("target", "text", "options", "expected"), RIGHT)
def test_whole_columns_agree_or_doubt(target, text, options, expected):
    try:
        converted = convert_column(pa.array([text, None]), target, CopyOptions(**options))
    except Doubt:
        return
    assert converted.to_pylist() == [expected, None]


WRONG = [
    (column("int4"), "1x", 1207, "Invalid digit, Value 'x', Pos 1, Type: Integer"),
    (column("int4"), "0x1F", 1207, "Invalid digit, Value 'x', Pos 1, Type: Integer"),
    (column("int2"), "32768", 1204, "Overflow, Value '32768', Type: Short"),
    (column("varchar", length=3), "é\u20ac", 1204, "String length exceeds DDL length"),
    (column("numeric", precision=3, scale=2), "10", 1204, "Numeric data overflow (result precision), Value '10'"),
    (column("numeric", precision=3, scale=2), "x", 1209, "Invalid digit, Value 'x', Pos 0, Type: Decimal"),
    (column("bool"), "maybe", 1210, "Unknown boolean format, Value 'maybe'"),
    (column("date"), "2020-02-30", 1205, "Invalid Date Format - YYYY-MM-DD"),
    (column("timestamp"), "x", 1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]"),
    (column("int4", not_null=True), "", 1213, "Missing data for not-null field"),
    (column("int4", not_null=True), None, 1213, "Missing data for not-null field"),
]


@pytest.mark.parametrize(("target", "text", "code", "reason"), WRONG)
def test_what_does_not_fit(target, text, code, reason):
    with pytest.raises(FieldError) as caught:
        convert_value(text, target, CopyOptions())
    assert (caught.value.code, caught.value.reason) == (code, reason)
    with pytest.raises(Doubt):
        convert_column(pa.array([text], pa.string()), target, CopyOptions())
