# ruff: noqa: E501 - tables, one row an entry
"""SHOW of functions and procedures, the vendor's own among them. Vendor pages: "SHOW FUNCTIONS", "SHOW USER FUNCTIONS",
"SHOW BUILTIN FUNCTIONS", "SHOW PROCEDURES"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dw_simulator.emulators.snowflake.catalog.model import Entry, type_from_json
from dw_simulator.emulators.snowflake.commands.registry import Run
from dw_simulator.emulators.snowflake.commands.show import Filter, kind, shown_entries, yes_or_no
from dw_simulator.emulators.snowflake.functions import registry
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

_COLUMNS = (
    "created_on:l name schema_name is_builtin is_aggregate is_ansi min_num_arguments:n max_num_arguments:n arguments "
    "description catalog_name is_table_function valid_for_clustering is_secure secrets external_access_integrations "
    "is_external_function language is_memoizable is_data_metric"
)
_LETTERS = {
    "t": "VARCHAR", "n": "NUMBER", "i": "NUMBER", "f": "FLOAT", "b": "BOOLEAN", "d": "DATE", "s": "TIMESTAMP_NTZ",
    "v": "VARIANT", "x": "BINARY", "y": "BINARY", "g": "GEOGRAPHY",
}  # fmt: skip
"""What the letters of a signature are called; other arguments may be of any type."""


def _signature(entry: Entry) -> tuple[int, int, str]:
    """How many arguments a routine needs, how many it takes, and its name with their types.

    Vendor page: "SHOW FUNCTIONS and SHOW PROCEDURES commands: Changes to output" (2024_01).
    """
    arguments = entry.properties["arguments"]
    outputs = entry.properties.get("outputs", ())
    shown = ", ".join(
        f"{'OUT ' * (label in outputs)}{'DEFAULT ' * (default is not None)}{part}"
        for part, (label, _, default) in zip(
            entry.name.partition("(")[2].removesuffix(")").split(", "), arguments, strict=False
        )
    )
    needed = sum(default is None for _, _, default in arguments)
    return needed, len(arguments), f"{entry.properties['base_name']}({shown})"


def _user_row(entry: Entry) -> tuple[Any, ...]:
    needed, most, signature = _signature(entry)
    result = entry.properties["result"].split("(")[0]
    if columns := entry.properties["table"]:
        shown = (f"{name} {type_from_json(dict(kind_)).sql_name().split('(')[0]}" for name, kind_ in columns)
        result = f"TABLE ({', '.join(shown)})"
    return (
        entry.created, entry.properties["base_name"], entry.schema, "N", "N", "N", needed, most, f"{signature} RETURN {result}",
        entry.comment or "user-defined function", entry.database, yes_or_no(entry.properties["table"]), "N",
        yes_or_no(entry.properties.get("secure")), None, None, "N", entry.properties["language"],
        yes_or_no(entry.properties.get("memoizable")), "N",
    )  # fmt: skip


def _own_row(name: str, function: registry.Function, *, table: bool = False) -> tuple[Any, ...]:
    """A function of the vendor's. What the registry does not know of its types is ANY."""
    kinds = [_LETTERS.get(letter, "ANY") for letter in function.signature.rstrip("+")]
    kinds += ["ANY"] * ((function.low if function.high == registry.MANY else function.high) - len(kinds))
    shown = ", ".join(f"{'DEFAULT ' * (index >= function.low)}{kind_}" for index, kind_ in enumerate(kinds))
    repeated = function.high == registry.MANY
    if repeated:
        shown += ", ..." if shown else "..."
    result = function.result.name if isinstance(function.result, SnowflakeType) else "ANY"
    result = {"FIXED": "NUMBER", "REAL": "FLOAT", "TEXT": "VARCHAR"}.get(result, result)
    return (
        None, name, "", "Y", yes_or_no(function.kind == "aggregate"), "N", function.low,
        2147483647 if repeated else function.high, f"{name}({shown}) RETURN {'TABLE ()' if table else result}",
        function.category, "", yes_or_no(table), "N", "N", None, None, "N", "", "N", "N",
    )  # fmt: skip


def _own_functions() -> Iterable[tuple[Any, ...]]:
    """Those that are emulated."""
    for name, overloads in sorted(registry.FUNCTIONS.items()):
        yield from (_own_row(name, function) for function in overloads if function.kind != "unsupported")
    for name in sorted(registry.TABLE_FUNCTIONS):
        if name.replace("_", "").isalnum():
            anything = registry.Function(name, "Table", 0, registry.MANY, _never, "table")
            yield _own_row(name, anything, table=True)


def _never(call: registry.FunctionCall) -> Any:
    raise NotImplementedError(call.name)


@kind("USER FUNCTIONS", _COLUMNS)
def _user_functions(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    return [_user_row(entry) for entry in shown_entries(run, wanted, "FUNCTION")]


@kind("BUILTIN FUNCTIONS", _COLUMNS)
def _builtin_functions(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    del run, wanted
    return _own_functions()


@kind("FUNCTIONS", _COLUMNS)
def _functions(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    """The vendor's functions are in no schema: IN DATABASE and IN SCHEMA leave them out."""
    own = () if wanted.inside else _own_functions()
    return sorted((*own, *_user_functions(run, wanted)), key=lambda row: (row[10], row[2], row[1], row[8]))


@kind("EXTERNAL FUNCTIONS", _COLUMNS)
def _external_functions(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    """None: external functions cannot be made."""
    del run, wanted
    return ()


@kind(
    "PROCEDURES,USER PROCEDURES",
    "created_on:l name schema_name is_builtin is_aggregate is_ansi min_num_arguments:n max_num_arguments:n arguments "
    "description catalog_name is_table_function valid_for_clustering is_secure secrets external_access_integrations",
)
def _procedures(run: Run, wanted: Filter) -> Iterable[tuple[Any, ...]]:
    for entry in shown_entries(run, wanted, "PROCEDURE"):
        needed, most, signature = _signature(entry)
        result = entry.properties["result"]
        shown = result if result.startswith("TABLE") else result.split("(")[0]
        yield (
            entry.created, entry.properties["base_name"], entry.schema, "N", "N", "N", needed, most,
            f"{signature} RETURN {shown}", entry.comment or "user-defined procedure",
            entry.database, yes_or_no(entry.properties["table"] is not None), "N", yes_or_no(entry.properties["secure"]),
            None, None,
        )  # fmt: skip
