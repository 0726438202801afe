"""Tags and policies in queries. Vendor pages: "SYSTEM$GET_TAG", "TAG_REFERENCES", "TAG_REFERENCES_ALL_COLUMNS"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import information_schema, tags
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.tables import argument, constant_argument, table_function
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "System"
_TAG_COLUMNS = (
    "TAG_DATABASE TAG_SCHEMA TAG_NAME TAG_VALUE APPLY_METHOD LEVEL OBJECT_DATABASE OBJECT_SCHEMA OBJECT_NAME DOMAIN "
    "COLUMN_NAME"
)


def _name(text: object) -> tuple[str, ...]:
    parser = Parser(str(text))
    parts = parser.qualified()
    parser.expect_end()
    return parts


def _value(value: str | None) -> Typed:
    return Typed("CAST(NULL AS VARCHAR)", m.text(), None) if value is None else Typed(literal(value), m.text(), value)


def _tag_value(catalog: Any, name: object, entry: Entry, column: str | None) -> Typed:
    tag = catalog.require("TAG", _name(name))
    found = tags.references(catalog.catalog, entry, column)
    return _value(next((item.value for item in found if item.tag.id == tag.id), None))


@function("SYSTEM$GET_TAG", CATEGORY, 3)
def get_tag(call: FunctionCall) -> Typed:
    """The value of a tag for an object, its own or inherited."""
    catalog: Any = call.binder.env.catalog
    entry, column = tags.tagged(catalog, str(call.constant(2)), _name(call.constant(1)))
    return _tag_value(catalog, call.constant(0), entry, column)


def _rows(entry: Entry, column: str | None, found: Iterable[tags.Reference]) -> Iterable[tuple[Any, ...]]:
    domain = tags.domain_of(entry) if column is None else "COLUMN"
    for item in found:
        yield (
            item.tag.database, item.tag.schema, item.tag.name, item.value,
            "MANUAL" if item.level == domain else "INHERITED", item.level, entry.database or None,
            entry.schema or None, entry.name, domain, column,
        )  # fmt: skip


def _table(columns: str, rows: Iterable[tuple[Any, ...]], name: str) -> BoundQuery:
    source = information_schema.literal_table(information_schema.typed_columns(columns), rows, ("", "", name))
    return BoundQuery(f"SELECT * FROM {source.sql} AS found", source.columns)


@table_function("TAG_REFERENCES", "TAG_REFERENCES_ALL_COLUMNS")
def tag_references(binder: Any, call: n.Call) -> BoundQuery:
    name = constant_argument(binder, argument(call, "OBJECT_NAME", 0), None)
    domain = constant_argument(binder, argument(call, "OBJECT_DOMAIN", 1), None)
    if not isinstance(name, str) or not isinstance(domain, str):
        raise errors.NOT_ENOUGH_ARGUMENTS(call.name, 2, len(call.args))
    catalog = binder.env.catalog
    entry, column = tags.tagged(catalog, domain, _name(name))
    columns: list[str | None] = [column]
    if call.name == "TAG_REFERENCES_ALL_COLUMNS":
        if domain.upper() != "TABLE":
            raise errors.INVALID_PARAMETER_VALUE(domain, "object_domain")
        columns = [item.name for item in entry.columns]
    rows = [row for item in columns for row in _rows(entry, item, tags.references(catalog.catalog, entry, item))]
    return _table(_TAG_COLUMNS, rows, call.name)
