"""User-defined SQL functions, put into the calling statement. Vendor page: "Scalar SQL UDFs"."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import overloads
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


def scalar(catalog: SessionCatalog, binder: Any, call: n.Call) -> Typed | None:
    """A call of a function that gives one value; None: there is none of that name.

    Raises:
        SnowflakeError: 000938, 000939 too few or too many arguments; 001044 none of the overloads takes such arguments.
    """
    entry = _found(catalog, binder, call, table=False)
    return None if entry is None else _scalar(entry, binder, call)


def table(catalog: SessionCatalog, binder: Any, call: n.Call) -> Callable[[Any, n.Call], BoundQuery] | None:
    """What binds a call of a table function; None: there is none of that name. Raises as :func:`scalar`."""
    entry = _found(catalog, binder, call, table=True)
    if entry is None:
        return None
    if entry.properties["language"] != "SQL":
        return ProgramTable(entry, _arguments)
    return lambda binder, call: _table(entry, binder, call)


def _found(catalog: SessionCatalog, binder: Any, call: n.Call, *, table: bool) -> Entry | None:
    """The function in the first schema of the search path that has one for such arguments."""
    error: errors.SnowflakeError | None = None
    for parts in catalog.searched((*call.qualifier, call.name)):
        entries = _named(catalog, parts, table=table)
        if entries:
            try:
                return _chosen(entries, binder, call)
            except errors.SnowflakeError as unfit:
                error = error or unfit
    if error is not None:
        raise error
    return None


def _named(catalog: SessionCatalog, parts: tuple[str, ...], *, table: bool) -> list[Entry]:
    if catalog.database is None and len(parts) < 3:
        return []
    if catalog.schema is None and len(parts) < 2:
        return []
    database, schema, name = catalog.qualify(parts)
    own = (entry for entry in catalog.temporary.values() if entry.kind == "FUNCTION")
    here = (entry for entry in own if (entry.database, entry.schema) == (database, schema))
    return [
        entry for entry in (*here, *catalog.catalog.entries("FUNCTION", database, schema))
        if entry.properties["base_name"] == name and (entry.properties["result"] == "TABLE") == table
        and (catalog.access is None or catalog.access.reaches(entry))
    ]  # fmt: skip


def _chosen(entries: list[Entry], binder: Any, call: n.Call) -> Entry:
    line, pos = binder.place(call)
    fitting = overloads.fitting(entries, call)
    if len(fitting) == 1:
        return fitting[0][0]
    if len(entries) == 1 and not call.named:
        arguments, count = entries[0].properties["arguments"], len(call.args)
        least = sum(1 for argument in arguments if argument[2] is None)
        error = errors.NOT_ENOUGH_ARGUMENTS if count < least else errors.TOO_MANY_ARGUMENTS
        raise error(binder.text_of(call), least if count < least else len(arguments), count, line=line, pos=pos)
    kinds = {id(node): binder.expression(node).type for node in overloads.given(call)}
    return overloads.best(entries, call, kinds, line=line, pos=pos)[0]


def _arguments(entry: Entry, binder: Any, call: n.Call) -> dict[str, Typed]:
    given = list(call.args)
    values: dict[str, Typed] = {}
    for index, (name, _, default) in enumerate(entry.properties["arguments"]):
        if index < len(given):
            values[name] = binder.expression(given[index])
        elif name in call.named:
            values[name] = binder.expression(call.named[name])
        else:
            values[name] = binder.expression(binder.parser(default).expression())
    kinds = {name: type_from_json(dict(kind)) for name, kind, _ in entry.properties["arguments"]}
    try:
        return {name: binder.coerce(value, kinds[name]) for name, value in values.items()}
    except errors.SnowflakeError as error:
        if error.errno != errors.CANNOT_CONVERT_PARAMETER.errno:
            raise
        types = ", ".join(value.type.sql_name() for value in values.values())
        raise binder.error(errors.INVALID_ARGUMENT_TYPES, call, call.name, types) from None


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
