"""COMMENT. Vendor page: "COMMENT"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import account, ddl
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.translation.parser import Parser

_LONG_KINDS = (
    "DYNAMIC TABLE", "EXTERNAL TABLE", "INTERACTIVE TABLE", "MATERIALIZED VIEW", "FILE FORMAT", "MASKING POLICY",
    "ROW ACCESS POLICY", "RESOURCE MONITOR", *(f"{category} INTEGRATION" for category in account.CATEGORIES),
)  # fmt: skip
_ACCOUNT_KINDS = ("DATABASE", "SCHEMA", *account.KINDS)
_TABLES = ("TABLE", "DYNAMIC TABLE", "EXTERNAL TABLE")
_STORED = {
    "TABLE": _TABLES, "INTERACTIVE TABLE": _TABLES, "VIEW": ("VIEW",), "MATERIALIZED VIEW": ("VIEW",),
    "DYNAMIC TABLE": ("DYNAMIC TABLE",), "EXTERNAL TABLE": ("EXTERNAL TABLE",),
}  # fmt: skip
"""Kinds that share their names, and as what they are stored."""
_MARKS = {"MATERIALIZED VIEW": "materialized", "INTERACTIVE TABLE": "interactive"}


@command("COMMENT ON", "COMMENT IF EXISTS ON")
def comment(run: Run) -> StatementResult:
    parser = run.parser
    kind = _kind(parser)
    parts = ddl.routine_name(parser) if kind in ("FUNCTION", "PROCEDURE") else ddl.object_name(run)
    parser.expect("IS")
    text = parser.string()
    parser.expect_end()
    try:
        entry = ddl.copy_entry(_object(run, kind, parts))
    except errors.SnowflakeError as error:
        if "IF EXISTS" in run.words and error.errno == errors.OBJECT_NOT_FOUND.errno:
            return ddl.succeeded()
        raise
    if kind == "COLUMN":
        column = entry.column(parts[-1])
        if column is None:
            raise errors.INVALID_IDENTIFIER(parts[-1])
        column.comment = text
    else:
        entry.comment = text
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def _kind(parser: Parser) -> str:
    for kind in _LONG_KINDS:
        if parser.accept(*kind.split()):
            return "INTEGRATION" if kind.endswith("INTEGRATION") else kind
    return parser.identifier()


def _object(run: Run, kind: str, parts: tuple[str, ...]) -> Entry:
    """What the comment is on; of a column its table."""
    if kind in _ACCOUNT_KINDS:
        found = account.named(run, kind, parts)
        if found is None:
            raise errors.KIND_NOT_FOUND(kind.capitalize(), ".".join(parts))
        account.demand(run, found)
        return found
    if kind == "COLUMN":
        return ddl.catalog_of(run).require("TABLE", parts[:-1], "COMMENT")
    entry = ddl.catalog_of(run).require("TABLE" if kind in _STORED else kind, parts, "COMMENT")
    mark = _MARKS.get(kind)
    if entry.kind not in _STORED.get(kind, (entry.kind,)) or (mark is not None and not entry.properties.get(mark)):
        raise errors.WRONG_KIND(entry.kind, kind)
    return entry
