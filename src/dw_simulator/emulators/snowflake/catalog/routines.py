# ruff: noqa: E501 - SQL and message templates
"""User-defined SQL functions, put into the calling statement. Vendor page: "Scalar SQL UDFs"."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, type_from_json
from dw_simulator.emulators.snowflake.programs import calls
from dw_simulator.emulators.snowflake.programs.tables import ProgramTable
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery, OutputColumn, Scope
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

if TYPE_CHECKING:
    from dw_simulator.emulators.snowflake.catalog.view import SessionCatalog

DEEPEST = 32


def signed_name(name: str, kinds: Iterable[SnowflakeType]) -> str:
    """``NAME(NUMBER, VARCHAR)``: how a routine is stored, as it is overloaded."""
    return f"{name}({', '.join(kind.sql_name().split('(')[0] for kind in kinds)})"


def inlined(catalog: SessionCatalog, parts: tuple[str, ...], count: int) -> Callable[[Any, n.Call], Any] | None:
    """What lowers a call of the SQL function ``parts`` with ``count`` arguments (-1: a table function of any number)."""
    entry = _find(catalog, parts, count)
    if entry is None:
        return None
    if count >= 0:
        return lambda binder, call: _scalar(entry, binder, call)
    if entry.properties["language"] != "SQL":
        return ProgramTable(entry, _arguments)
    return lambda binder, call: _table(entry, binder, call)


def _find(catalog: SessionCatalog, parts: tuple[str, ...], count: int) -> Entry | None:
    if catalog.database is None and len(parts) < 3:
        return None
    if catalog.schema is None and len(parts) < 2:
        return None
    database, schema, name = catalog.qualify(parts)
    own = (entry for entry in catalog.temporary.values() if entry.kind == "FUNCTION")
    here = (entry for entry in own if (entry.database, entry.schema) == (database, schema))
    for entry in (*here, *catalog.catalog.entries("FUNCTION", database, schema)):
        if entry.properties["base_name"] != name:
            continue
        low = sum(1 for argument in entry.properties["arguments"] if argument[2] is None)
        if count < 0 or low <= count <= len(entry.properties["arguments"]):
            return entry if catalog.access is None or catalog.access.reaches(entry) else None
    return None


def _arguments(entry: Entry, binder: Any, call: n.Call) -> dict[str, Typed]:
    given = list(call.args)
    values: dict[str, Typed] = {}
    for index, (name, kind, default) in enumerate(entry.properties["arguments"]):
        if index < len(given):
            value = binder.expression(given[index])
        elif name in call.named:
            value = binder.expression(call.named[name])
        else:
            value = binder.expression(binder.parser(default).expression())
        values[name] = binder.coerce(value, type_from_json(dict(kind)))
    return values


def _inner(entry: Entry, binder: Any, call: n.Call) -> Any:
    depth = binder.env.hints.get("depth", 0)
    if depth > DEEPEST:
        raise errors.UNSUPPORTED_FEATURE(f"recursive SQL function {entry.name}")
    from dataclasses import replace

    env = replace(binder.env, hints={**binder.env.hints, "depth": depth + 1})
    env.catalog = binder.env.catalog.at(entry.database, entry.schema, entry.owner)
    inner = type(binder)(env, entry.text, binder._counter)
    inner.scope = Scope(parameters=_arguments(entry, binder, call))
    return inner


def _scalar(entry: Entry, binder: Any, call: n.Call) -> Typed:
    if entry.properties["language"] != "SQL":
        if call.distinct or call.window is not None:
            raise errors.UNSUPPORTED_FEATURE(f"DISTINCT or OVER for the function {entry.name}")
        if entry.properties["aggregate"]:
            return calls.aggregate(entry, binder, _arguments(entry, binder, call))
        return calls.scalar(entry, binder, _arguments(entry, binder, call))
    inner = _inner(entry, binder, call)
    parser = inner.parser(entry.text)
    kind = type_from_json(dict(entry.properties["returns"]))
    if parser.is_word("SELECT", "WITH"):
        bound = inner.query(parser.query(), inner.scope.child())
        value = Typed(f"({bound.sql})", bound.columns[0].type)
    else:
        value = inner.expression(parser.expression())
    parser.expect_end()
    binder.env.volatile = binder.env.volatile or inner.env.volatile
    result: Typed = binder.coerce(value, kind)
    return Typed(result.sql, kind)


def _table(entry: Entry, binder: Any, call: n.Call) -> BoundQuery:
    if call.window is not None:
        raise errors.UNSUPPORTED_FEATURE(f"OVER for the SQL function {entry.name}")
    inner = _inner(entry, binder, call)
    parser = inner.parser(entry.text)
    bound: BoundQuery = inner.query(parser.query(), inner.scope.child())
    binder.env.volatile = binder.env.volatile or inner.env.volatile
    columns = entry.properties["table"]
    return BoundQuery(
        bound.sql,
        [OutputColumn(name, column.type, column.key) for (name, _), column in zip(columns, bound.columns, strict=True)],
    )
