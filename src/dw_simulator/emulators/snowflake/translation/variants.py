# ruff: noqa: E501 - SQL and message templates
"""How VARIANT, OBJECT and ARRAY values are stored: canonical JSON text.

No blanks, keys sorted, decimals without trailing zeros. What JSON has no type for is a string that starts with TAG and a
letter: D date, t time, N/L/Z timestamps, B binary, F float, n a number that a double cannot hold, U an SQL NULL inside an
array ("undefined"), S a plain string that itself starts with TAG. Equality of values is then equality of texts.
"""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

TAG = "\ue000"
UNDEFINED = f'"{TAG}U"'


def tagged(letter: str, text_sql: str) -> str:
    """SQL of a tagged value from SQL of its text."""
    return f"""('"{TAG}{letter}' || {text_sql} || '"')"""


def to_variant(sql: str, kind: SnowflakeType) -> str:
    """SQL of the JSON text of an SQL value of type ``kind``."""
    match kind.name:
        case "VARIANT" | "OBJECT" | "ARRAY" | "MAP" | "GEOGRAPHY" | "GEOMETRY":
            return sql
        case "NULL":
            return "CAST(NULL AS VARCHAR)"
        case "FIXED":
            return f"CAST({sql} AS VARCHAR)" if not kind.scale else f"sf.v_number(CAST({sql} AS VARCHAR))"
        case "REAL":
            return tagged("F", f"CAST({sql} AS VARCHAR)")
        case "DECFLOAT":
            return f"sf_decfloat_variant({sql})"
        case "BOOLEAN":
            return f"CAST({sql} AS VARCHAR)"
        case "TEXT" | "UUID":
            return f"sf.v_string({sql})"
        case "DATE":
            return tagged("D", f"CAST({sql} AS VARCHAR)")
        case "TIME":
            return tagged("t", f"CAST({sql} AS VARCHAR)")
        case "TIMESTAMP_NTZ":
            return tagged("N", f"CAST({sql} AS VARCHAR)")
        case "TIMESTAMP_LTZ":
            return tagged("L", f"CAST({sql} AT TIME ZONE 'UTC' AS VARCHAR)")
        case "TIMESTAMP_TZ":
            return tagged("Z", f"sf.tz_text({sql})")
        case "BINARY":
            return tagged("B", f"hex({sql})")
    if kind.name == "VECTOR" or kind.name.startswith("INTERVAL"):
        raise errors.CANNOT_CONVERT_PARAMETER("expression", kind.sql_name(), "VARIANT")
    raise ValueError(f"no variant form of {kind.name}")


def json_path_key(key: str) -> str:
    """A quoted key as a step of DuckDB's JSON path."""
    return '."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def get_constant(sql: str, steps: list[str | int]) -> str:
    """SQL of the value at constant steps: keys and 0-based indexes. SQL NULL where there is none."""
    path = "$" + "".join(f"[{step}]" if isinstance(step, int) else json_path_key(step) for step in steps)
    value = f"CAST(json_extract({sql}, {literal(path)}) AS VARCHAR)"
    if any(isinstance(step, int) for step in steps):
        return f"nullif({value}, '{UNDEFINED}')"
    return value
