"""Every type of every dialect: declared text -> logical type, sizes, physical type where it is not the same again."""

from __future__ import annotations

from typing import Any

import pytest

from dw_simulator.errors import ImportSchemaError
from dw_simulator.schema.importers.ddl import read_ddl
from dw_simulator.schema.importers.sql.types import TABLES
from dw_simulator.schema.model import Dialect
from dw_simulator.schema.validation import check

REDSHIFT = [
    ("SMALLINT", "SMALLINT", None),
    ("INT2", "SMALLINT", None),
    ("INTEGER", "INT", None),
    ("int4", "INT", None),
    ("BIGINT", "BIGINT", None),
    ("INT8", "BIGINT", None),
    ("DECIMAL", "DECIMAL(18,0)", None),
    ("NUMERIC(10)", "DECIMAL(10,0)", None),
    ("NUMERIC(38,37)", "DECIMAL(38,37)", None),
    ("REAL", "FLOAT", "REAL"),
    ("FLOAT4", "FLOAT", "FLOAT4"),
    ("DOUBLE PRECISION", "FLOAT", None),
    ("FLOAT8", "FLOAT", None),
    ("FLOAT", "FLOAT", None),
    ("FLOAT(24)", "FLOAT", "FLOAT(24)"),
    ("BOOLEAN", "BOOLEAN", None),
    ("BOOL", "BOOLEAN", None),
    ("CHAR", "CHAR(1)", None),
    ("CHARACTER(3)", "CHAR(3)", None),
    ("NCHAR(7)", "CHAR(7)", None),
    ("BPCHAR", "CHAR(256)", "BPCHAR"),
    ("VARCHAR", "VARCHAR(256)", None),
    ("VARCHAR(10)", "VARCHAR(10)", None),
    ("VARCHAR(MAX)", "VARCHAR(65535)", None),
    ("CHARACTER   VARYING(20)", "VARCHAR(20)", None),
    ("NVARCHAR(9)", "VARCHAR(9)", None),
    ("TEXT", "VARCHAR(256)", "TEXT"),
    ("DATE", "DATE", None),
    ("TIME", "TIME", None),
    ("TIMETZ", "TIME", "TIMETZ"),
    ("TIME WITH TIME ZONE", "TIME", "TIME WITH TIME ZONE"),
    ("TIMESTAMP", "TIMESTAMP", None),
    ("TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP", None),
    ("TIMESTAMPTZ", "TIMESTAMP_TZ", None),
    ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP_TZ", None),
    ("SUPER", "JSON", None),
    ("VARBYTE", "BINARY(64000)", None),
    ("VARBYTE(16)", "BINARY(16)", None),
    ("BINARY VARYING(5)", "BINARY(5)", None),
]

SNOWFLAKE = [
    ("NUMBER", "DECIMAL(38,0)", None),
    ("NUMBER(38,0)", "DECIMAL(38,0)", None),
    ("NUMERIC(10,2)", "DECIMAL(10,2)", None),
    ("INT", "INT", None),
    ("BIGINT", "BIGINT", None),
    ("TINYINT", "SMALLINT", "TINYINT"),
    ("BYTEINT", "SMALLINT", "BYTEINT"),
    ("FLOAT", "FLOAT", None),
    ("DOUBLE PRECISION", "FLOAT", None),
    ("REAL", "FLOAT", None),
    ("VARCHAR", "VARCHAR", None),
    ("VARCHAR(16777216)", "VARCHAR", "VARCHAR(16777216)"),
    ("VARCHAR(134217728)", "VARCHAR", "VARCHAR(134217728)"),
    ("VARCHAR(30)", "VARCHAR(30)", None),
    ("STRING", "VARCHAR", None),
    ("TEXT(20)", "VARCHAR(20)", None),
    ("CHAR", "CHAR(1)", None),
    ("NVARCHAR2(4)", "VARCHAR(4)", None),
    ("BINARY", "BINARY", None),
    ("VARBINARY(8)", "BINARY(8)", None),
    ("DATE", "DATE", None),
    ("DATETIME", "TIMESTAMP", None),
    ("TIME", "TIME", None),
    ("TIME(3)", "TIME", "TIME(3)"),
    ("TIMESTAMP", "TIMESTAMP", "TIMESTAMP"),
    ("TIMESTAMP_NTZ", "TIMESTAMP", None),
    ("TIMESTAMP_NTZ(3)", "TIMESTAMP", "TIMESTAMP_NTZ(3)"),
    ("TIMESTAMP_TZ", "TIMESTAMP_TZ", None),
    ("TIMESTAMP_LTZ", "TIMESTAMP_TZ", "TIMESTAMP_LTZ"),
    ("TIMESTAMP_LTZ(9)", "TIMESTAMP_TZ", "TIMESTAMP_LTZ(9)"),
    ("TIMESTAMP(3) WITH LOCAL TIME ZONE", "TIMESTAMP_TZ", "TIMESTAMP(3) WITH LOCAL TIME ZONE"),
    ("VARIANT", "JSON", None),
    ("OBJECT", "JSON", "OBJECT"),
    ("ARRAY", "JSON", "ARRAY"),
]

ANSI = [
    ("INTEGER", "INT", None),
    ("DEC(5,1)", "DECIMAL(5,1)", None),
    ("REAL", "FLOAT", "REAL"),
    ("CHARACTER VARYING (12)", "VARCHAR(12)", None),
    ("NATIONAL CHARACTER VARYING(3)", "VARCHAR(3)", None),
    ("CLOB", "VARCHAR", None),
    ("BLOB", "BINARY", None),
    ("TIMESTAMP(6) WITH TIME ZONE", "TIMESTAMP_TZ", "TIMESTAMP(6) WITH TIME ZONE"),
    ("JSON", "JSON", None),
]

CASES = [
    (d, *case) for d, cases in (("redshift", REDSHIFT), ("snowflake", SNOWFLAKE), ("ansi", ANSI)) for case in cases
]


@pytest.mark.parametrize(("dialect", "declared", "logical", "physical"), CASES)
def test_types(dialect: Any, declared: Any, logical: Any, physical: Any) -> None:
    experiment = read_ddl(f"CREATE TABLE t (a {declared} NOT NULL, b INT)", dialect=dialect, name="x")
    column = experiment.tables[0].columns[0]
    sizes = {"DECIMAL": "({},{})".format(*column.decimal_size)}
    size = sizes.get(column.data_type, f"({column.varchar_length})" if column.varchar_length else "")
    assert (f"{column.data_type}{size}", column.physical_type) == (logical, physical)
    assert column.required
    check(experiment)


def test_every_known_type_imports() -> None:
    for dialect, table in TABLES.items():
        columns = ", ".join(f"c{index} {name}" for index, name in enumerate(table))
        experiment = read_ddl(f"CREATE TABLE t ({columns})", dialect=dialect, name="x")
        assert len(experiment.tables[0].columns) == len(table)
        check(experiment)


ERRORS = [
    ("redshift", "GEOMETRY", "unknown type 'GEOMETRY'", "WKT"),
    ("redshift", "HLLSKETCH", "unknown type 'HLLSKETCH'", "remove the column"),
    ("redshift", "INTERVAL YEAR", "unknown type 'INTERVAL'", "BIGINT"),
    ("redshift", "VARIANT", "unknown type 'VARIANT'", "it is a type of snowflake, but the dialect given is redshift"),
    ("redshift", "VARHCAR(3)", "unknown type 'VARHCAR(3)'", "did you mean 'VARCHAR'?"),
    ("redshift", "VARCHAR(70000)", "has length 70000; 1 to 65535", None),
    ("redshift", "VARCHAR(0)", "has length 0", None),
    ("redshift", "CHAR(5000)", "has length 5000; 1 to 4096", None),
    ("redshift", "DECIMAL(39,2)", "has precision 39; 1 to 38", None),
    ("redshift", "DECIMAL(5,6)", "has scale 6; 0 to 5", None),
    ("redshift", "INT(4)", "type 'INT(4)' takes no length", None),
    ("snowflake", "SUPER", "unknown type 'SUPER'", "a type of redshift"),
    ("snowflake", "GEOGRAPHY", "unknown type 'GEOGRAPHY'", "WKT"),
    ("snowflake", "VECTOR(FLOAT, 3)", "unknown type 'VECTOR(FLOAT, 3)'", "ARRAY"),
    ("snowflake", "ARRAY(NUMBER)", "has arguments that are not supported", None),
    ("ansi", "UUID", "unknown type 'UUID'", "VARCHAR(36)"),
]


@pytest.mark.parametrize(("dialect", "declared", "message", "hint"), ERRORS)
def test_types_that_cannot_be_imported(dialect: Any, declared: Any, message: Any, hint: Any) -> None:
    with pytest.raises(ImportSchemaError) as caught:
        read_ddl(f"CREATE TABLE t (\n  ok INT,\n  bad {declared} NOT NULL\n)", dialect=Dialect(dialect), name="x")
    (problem,) = caught.value.problems[:1]
    assert message in problem.message
    assert (problem.line, problem.column, problem.construct) == (3, 7, "CREATE TABLE")
    assert hint is None or hint in str(problem.hint)
