"""Structured types in expressions. Vendor page: "Structured data types"."""

from __future__ import annotations

import json
from dataclasses import replace

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed, common
from dw_simulator.emulators.snowflake.types.model import SnowflakeType, StructField, object_


def is_structured(kind: SnowflakeType) -> bool:
    return bool(kind.fields) and kind.name in ("ARRAY", "OBJECT", "MAP")


def coercible(source: SnowflakeType, target: SnowflakeType) -> bool:
    """Whether a structured value becomes one of ``target`` without a cast."""
    try:
        return bool(common((source, target)))
    except errors.SnowflakeError:
        return False


def element_type(container: SnowflakeType, key: str | None) -> SnowflakeType:
    """The type of an element of a structured value; ``key`` is that of an OBJECT, as it is spelled.

    Raises:
        SnowflakeError: 000904, the OBJECT has no such key, or it is not constant.
    """
    if container.name != "OBJECT":
        return container.fields[-1].type
    for field in container.fields:
        if field.name == key:
            return field.type
    raise errors.INVALID_IDENTIFIER(key if key is not None else "key that is not constant")


def with_fields(value: Typed, kind: SnowflakeType, changes: tuple[str, ...]) -> Typed:
    """A structured OBJECT before CAST … RENAME FIELDS or ADD FIELDS, with the keys of ``kind``.

    Raises:
        SnowflakeError: 001065, the OBJECT cannot have those fields.
    """
    names = [field.name for field in kind.fields]
    if value.kind != "OBJECT" or not value.type.fields or kind.name != "OBJECT":
        raise errors.CANNOT_CONVERT_PARAMETER("expression", value.type.sql_name(), kind.sql_name())
    fields = list(value.type.fields)
    sql = value.sql
    if "RENAME" in changes:
        if len(fields) > len(names) or ("ADD" not in changes and len(fields) != len(names)):
            raise errors.CANNOT_CONVERT_PARAMETER("expression", value.type.sql_name(), kind.sql_name())
        fields = [StructField(name, field.type) for name, field in zip(names, fields, strict=False)]
        sql = f"sf_rename_fields({sql}, {literal(json.dumps([field.name for field in fields]))})"
    if "ADD" in changes:
        have = {field.name for field in fields}
        fields += [
            replace(field, type=field.type.with_nullable(True)) for field in kind.fields if field.name not in have
        ]
        sql = f"sf_add_fields({sql}, {literal(json.dumps(names))})"
    return Typed(sql, object_(*fields))
