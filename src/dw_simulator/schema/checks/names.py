"""Names: present once, spelled with allowed characters, short enough, not reserved.

Sources: Amazon Redshift Database Developer Guide, page "Names and identifiers"; Snowflake SQL reference, page
"Identifier requirements".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dw_simulator.schema.checks.context import Context, column_path, table_path
from dw_simulator.schema.model import Column, Table
from dw_simulator.schema.reserved import SYSTEM_COLUMNS, Kind, reserved_in, titles

LONGEST_NAME = {"redshift": 127, "snowflake": 255, "sqlite": 255, "ansi": 128}
"""bytes of UTF-8"""

PLAIN_ASCII = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
PLAIN_UNICODE = re.compile(r"[^\W\d][\w$]*")
"""Redshift and SQLite take letters of any script in a plain name; Snowflake only A-Z."""

EXPERIMENT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
TAKEN_EXPERIMENT_NAMES = frozenset({"public", "information_schema", "snowflake", "catalog_history"})


def check_experiment_name(context: Context) -> None:
    """The name becomes a Redshift schema, a Snowflake database and an SQLite file, and users type it in queries."""
    name = context.experiment.name
    if not EXPERIMENT_NAME.fullmatch(name):
        context.report(
            "name",
            f"experiment name {name!r} is not allowed: letters, digits and _ are, beginning with a letter",
            f"for example {suggest_name(name)!r}",
        )
    elif name.lower() in TAKEN_EXPERIMENT_NAMES or name.lower().startswith("pg_"):
        context.report(
            "name", f"experiment name {name!r} is taken by the warehouses themselves", f"for example {name + '_data'!r}"
        )
    elif found := reserved_in(name, "table", ("redshift", "snowflake")):
        context.report(
            "name", f"experiment name {name!r} is a reserved word in {titles(found)}", f"for example {name + '_data'!r}"
        )


def suggest_name(text: str) -> str:
    """An allowed experiment name that resembles ``text``."""
    slug = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").lower()
    if not slug:
        return "experiment"
    if not slug[0].isalpha():
        slug = f"e_{slug}"
    return (f"{slug}_data" if _is_taken(slug) else slug)[:63]


def _is_taken(name: str) -> bool:
    taken = name.lower() in TAKEN_EXPERIMENT_NAMES or name.lower().startswith("pg_")
    return taken or bool(reserved_in(name, "table", ("redshift", "snowflake")))


def check_duplicates(context: Context) -> None:
    _report_twice(context, context.experiment.tables, "tables", "table")
    for table in context.experiment.tables:
        _report_twice(context, table.columns, table_path(table, "columns"), "column")


def _report_twice(context: Context, named: Sequence[Table | Column], path: str, what: str) -> None:
    seen: dict[str, str] = {}
    for item in named:
        first = seen.get(item.name.lower())
        seen.setdefault(item.name.lower(), item.name)
        if first is not None:
            same = "" if first == item.name else f" (as {first!r}; names are the same in upper and lower case)"
            context.report(f"{path}.{item.name}", f"{what} {item.name!r} is there twice{same}", "rename or remove one")


def check_spelling(context: Context) -> None:
    for table in context.experiment.tables:
        _check_name(context, table, table_path(table, "name"), "table")
    for table, column in context.each_column():
        _check_name(context, column, column_path(table, column, "name"), "column")
        if "redshift" in context.systems and column.name.upper() in SYSTEM_COLUMNS:
            context.report(
                column_path(table, column, "name"),
                f"column name {column.name!r} is the name of a hidden column of every Redshift table",
                "rename the column",
            )


def _check_name(context: Context, item: Table | Column, path: str, kind: Kind) -> None:
    name = item.name
    limit = min(LONGEST_NAME[system] for system in context.systems)
    size = len(name.encode())
    if size > limit:
        context.report(path, f"{kind} name {name[:40]!r}… is {size} bytes long; at most {limit} are allowed")
    if any(ord(character) < 32 or ord(character) == 127 for character in name):
        context.report(path, f"{kind} name {name!r} has a control character in it", "remove it")
    elif not name.strip():
        context.report(path, f"{kind} name is empty", "give it a name")
    elif not item.quoted:
        _check_plain_name(context, name, path, kind)


def _check_plain_name(context: Context, name: str, path: str, kind: Kind) -> None:
    """What a name must be to work without quotes; one with other characters is fine as a quoted one."""
    ascii_only = "snowflake" in context.systems
    if not (PLAIN_ASCII if ascii_only else PLAIN_UNICODE).fullmatch(name):
        letters = "letters A-Z" if ascii_only else "letters"
        context.report(
            path,
            f"{kind} name {name!r} needs quotes: without them {letters}, digits, _ and $ are allowed, and it begins "
            "with a letter or _",
            f'rename it, or set `quoted: true` and write "{name}" in queries',
        )
    elif found := reserved_in(name, kind, context.systems):
        context.report(
            path,
            f"{kind} name {name!r} is a reserved word in {titles(found)}",
            f'rename it, or set `quoted: true` (in DDL write "{name}") and write "{name}" in queries',
        )


CHECKS = (check_experiment_name, check_duplicates, check_spelling)
