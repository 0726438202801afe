"""Metadata functions: the helpers of INFER_SCHEMA. Vendor page: "Metadata functions"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.functions.variant_json import loads
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Metadata"


@function("GENERATE_COLUMN_DESCRIPTION", CATEGORY, 2)
def generate_column_description(call: FunctionCall) -> Typed:
    return Typed(f"sf_column_description({call.sql(0, 'v')}, {call.sql(1, 't')})", m.text())


@udf("sf_column_description", "VARCHAR VARCHAR", "VARCHAR")
def _column_description(text: str, kind: str) -> str:
    columns = loads(text)
    if not isinstance(columns, list):
        raise errors.VARIANT_CAST(text, "ARRAY")
    if kind == "view":
        return ",\n".join(f'"{column["COLUMN_NAME"]}" ' for column in columns)
    if kind == "external_table":
        return ",\n".join(
            f'"{column["COLUMN_NAME"]}" {column["TYPE"]} AS ({column.get("EXPRESSION", "null")})' for column in columns
        )
    return ",\n".join(f'"{column["COLUMN_NAME"]}" {column["TYPE"]}' for column in columns)
