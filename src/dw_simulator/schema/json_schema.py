"""The JSON Schema (draft 2020-12) of the experiment format, for editors and other programs.

It is made from the model; what the model also accepts as shorthand is added here.
"""

from __future__ import annotations

import json
from typing import Any

from dw_simulator.schema.model import TYPE_ALIASES, DataType, Experiment

_TYPE_PATTERN = (
    r"^\s*("
    + "|".join([*(str(kind) for kind in DataType), *TYPE_ALIASES])
    + r")\s*(\(\s*(\d+|[Mm][Aa][Xx])\s*(,\s*\d+\s*)?\))?\s*$"
)


def json_schema() -> dict[str, Any]:
    schema = Experiment.model_json_schema()
    definitions = schema["$defs"]
    column, table = definitions["Column"]["properties"], definitions["Table"]["properties"]
    column["data_type"] = {
        "title": "Data Type",
        "description": column["data_type"].get("description", ""),
        "anyOf": [{"$ref": "#/$defs/DataType"}, {"type": "string", "pattern": _TYPE_PATTERN}],
    }
    definitions["NullDefect"]["properties"]["kind"] = {"title": "Kind", "enum": ["null", None]}  # YAML's null
    _also(column["foreign_key"], {"type": "string", "pattern": r"^.+\..+$", "description": "table.column"})
    _also(table["primary_key"], {"type": "string"})
    _also(schema["properties"]["target_warehouse"], {"$ref": "#/$defs/Warehouse"})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "dw-simulator experiment",
    }


def _also(target: dict[str, Any], shorthand: dict[str, Any]) -> None:
    """Let ``target`` also be what ``shorthand`` describes."""
    if "anyOf" in target:
        target["anyOf"].insert(0, shorthand)
        return
    kept = {key: target.pop(key) for key in ("type", "items", "minItems") if key in target}
    target["anyOf"] = [shorthand, kept]


def json_schema_text() -> str:
    """The text of ``docs/schema.json``."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
