"""CREATE OR ALTER of tables, schemas, databases, warehouses and roles. Vendor page: "CREATE OR ALTER <object>".

The object is made, or altered until it is what the statement says: what it does not name gets its default, but for tags
and policies, which stay. As the vendor says, it may stop half-way at a change that cannot be made.
"""

from __future__ import annotations

import uuid
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import streams
from dw_simulator.emulators.snowflake.catalog.model import Constraint, Entry, TableColumn
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.options import column_list, properties
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.tables import define_columns, named_constraints, table_options
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.translation.text import identifier, literal

_SETTINGS = {
    "WAREHOUSE": (
        "COMMENT", "AUTO_SUSPEND", "AUTO_RESUME", "WAREHOUSE_SIZE", "WAREHOUSE_TYPE", "MAX_CLUSTER_COUNT",
        "MIN_CLUSTER_COUNT", "SCALING_POLICY", "MAX_CONCURRENCY_LEVEL", "STATEMENT_TIMEOUT_IN_SECONDS",
        "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS",
    ),
    "DATABASE": ("COMMENT", "DATA_RETENTION_TIME_IN_DAYS", "MAX_DATA_EXTENSION_TIME_IN_DAYS", "DEFAULT_DDL_COLLATION"),
    "SCHEMA": ("COMMENT", "DATA_RETENTION_TIME_IN_DAYS", "MAX_DATA_EXTENSION_TIME_IN_DAYS", "DEFAULT_DDL_COLLATION"),
    "ROLE": ("COMMENT",),
}  # fmt: skip
"""What is unset when a statement does not name it."""
_TABLE_SETTINGS = ("data_retention_time_in_days", "max_data_extension_time_in_days", "change_tracking",
                   "default_ddl_collation", "enable_schema_evolution")  # fmt: skip
_ONLY_NEW = "INITIALLY_SUSPENDED"


def _run(run: Run, text: str) -> StatementResult:
    return run.engine.statement(run.session, run.state, text, str(uuid.uuid4()))


def _created(run: Run, start: int, transient: str = "") -> StatementResult:
    """The object is not there: CREATE. ``start`` is where the kind is written."""
    return run.engine.statement(run.session, run.state, f"CREATE {transient}{run.sql[start:]}", run.query_id)


@command(*(f"CREATE OR ALTER {kind}" for kind in _SETTINGS))
def create_or_alter(run: Run) -> StatementResult:
    parser, kind = run.parser, run.words.split()[-1]
    start = parser.tokens[parser.at - 1].start
    parts = ddl.object_name(run)
    if _missing(run, kind, parts):
        return _created(run, start)
    found = properties(parser)
    parser.expect_end()
    found.pop(_ONLY_NEW, None)
    name = ".".join(map(identifier, parts))
    for setting in found:
        if setting not in _SETTINGS[kind]:
            raise errors.UNSUPPORTED_FEATURE(f"CREATE OR ALTER {kind} with {setting}")
    unset = [setting for setting in _SETTINGS[kind] if setting not in found]
    if unset:
        _run(run, f"ALTER {kind} {name} UNSET {', '.join(unset)}")
    if found:
        shown = " ".join(f"{setting} = {_value(value)}" for setting, value in found.items())
        _run(run, f"ALTER {kind} {name} SET {shown}")
    return ddl.succeeded()


def _missing(run: Run, kind: str, parts: tuple[str, ...]) -> bool:
    if kind == "SCHEMA":
        database, name = (run.session.database, *parts)[-2:]
        return not run.engine.catalog.has_schema(database, name)
    return run.engine.catalog.get(kind, name=parts[-1]) is None


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return str(value) if isinstance(value, int) else literal(str(value))


# --- tables -----------------------------------------------------------------------------------------------------------
@command("CREATE OR ALTER TABLE", "CREATE OR ALTER TRANSIENT TABLE")
def create_or_alter_table(run: Run) -> StatementResult:
    parser = run.parser
    start = parser.tokens[parser.at - 1].start
    transient = "TRANSIENT" in run.words
    parts = ddl.object_name(run)
    old = ddl.catalog_of(run).find("TABLE", parts)
    if old is None:
        return _created(run, start, "TRANSIENT " if transient else "")
    if old.kind != "TABLE":
        raise errors.WRONG_KIND(old.kind, "TABLE")
    if old.transient != transient or old.temporary:
        raise errors.UNSUPPORTED_FEATURE("CREATE OR ALTER TABLE that changes TRANSIENT or TEMPORARY")
    wanted = _wanted(run, old)
    name = ".".join(map(identifier, old.parts))
    for action in (*_column_actions(old, wanted), *_setting_actions(old, wanted)):
        _run(run, f"ALTER TABLE {name} {action}")
    _set_constraints(run, old, wanted.constraints)
    return ddl.succeeded()


def _wanted(run: Run, old: Entry) -> Entry:
    """The table as the statement describes it."""
    parser = run.parser
    entry = Entry("TABLE", old.name, old.database, old.schema, old.id)
    specs, constraints = column_list(parser)
    table_options(run, entry)
    if parser.is_word("AS", "CLONE", "LIKE"):
        raise errors.UNSUPPORTED_FEATURE(f"CREATE OR ALTER TABLE … {parser.token.value}")
    parser.expect_end()
    if any(spec.tags or spec.mask is not None for spec in specs):
        raise errors.UNSUPPORTED_FEATURE("CREATE OR ALTER TABLE with tags or policies")
    entry.columns = define_columns(run, specs, Changes())
    entry.constraints = named_constraints(run, entry, specs, constraints)
    for constraint in entry.constraints:
        for column in entry.columns:
            if constraint.kind == "PRIMARY KEY" and column.name in constraint.columns:
                column.type = column.type.with_nullable(False)
    return entry


def _column_actions(old: Entry, wanted: Entry) -> list[str]:
    """What makes the columns those that are wanted. Raises SnowflakeError 000002: a column cannot be altered so."""
    names = [column.name for column in wanted.columns]
    kept = [column.name for column in old.columns if column.name in names]
    added = [column for column in wanted.columns if old.column(column.name) is None]
    if names != [*kept, *(column.name for column in added)]:
        raise errors.UNSUPPORTED_FEATURE("CREATE OR ALTER TABLE with new columns not at the end, or moved ones")
    actions = [f"DROP COLUMN {identifier(c.name)}" for c in old.columns if c.name not in names]
    for column in wanted.columns:
        before = old.column(column.name)
        if before is not None:
            actions += [f"ALTER COLUMN {identifier(column.name)} {change}" for change in _changes(before, column)]
    return [*(f"ADD COLUMN {_definition(column)}" for column in added), *actions]


def _changes(before: TableColumn, column: TableColumn) -> list[str]:
    for what in ("identity", "computed", "collation"):
        if getattr(before, what) != getattr(column, what):
            raise errors.UNSUPPORTED_FEATURE(f"CREATE OR ALTER TABLE that changes the {what} of {column.name}")
    found = []
    if before.type.with_nullable(True) != column.type.with_nullable(True):
        found.append(f"SET DATA TYPE {column.type_text or column.type.sql_name()}")
    if before.type.nullable != column.type.nullable:
        found.append("DROP NOT NULL" if column.type.nullable else "SET NOT NULL")
    if before.default != column.default:
        if column.default is not None:
            raise errors.UNSUPPORTED_FEATURE(f"CREATE OR ALTER TABLE that sets the default of {column.name}")
        found.append("DROP DEFAULT")
    if (before.comment or "") != (column.comment or ""):
        found.append(f"COMMENT {literal(column.comment)}" if column.comment else "UNSET COMMENT")
    return found


def _definition(column: TableColumn) -> str:
    text = f"{identifier(column.name)} {column.type_text or column.type.sql_name()}"
    if column.computed is not None:
        raise errors.UNSUPPORTED_FEATURE(f"CREATE OR ALTER TABLE that adds the computed column {column.name}")
    if column.collation is not None:
        text += f" COLLATE {literal(column.collation)}"
    if column.default is not None:
        text += f" DEFAULT {column.default}"
    if column.identity is not None:
        text += " IDENTITY({}, {})".format(*column.identity)
    text += "" if column.type.nullable else " NOT NULL"
    return text + (f" COMMENT {literal(column.comment)}" if column.comment else "")


def _setting_actions(old: Entry, wanted: Entry) -> list[str]:
    actions = []
    for name, value in wanted.properties.items():
        if name == "cluster_by":
            actions.append(f"CLUSTER BY {str(value).removeprefix('LINEAR')}")
        elif name in _TABLE_SETTINGS:
            actions.append(f"SET {name} = {_value(value)}")
        else:
            raise errors.UNSUPPORTED_FEATURE(f"CREATE OR ALTER TABLE with {name.upper()}")
    for name in _TABLE_SETTINGS:
        tracked = name == "change_tracking" and old.properties.get(streams.TRACKED)
        if name in old.properties and name not in wanted.properties and not tracked:
            actions.append(f"UNSET {name}")
    if "cluster_by" in old.properties and "cluster_by" not in wanted.properties:
        actions.append("DROP CLUSTERING KEY")
    if old.comment != wanted.comment:
        actions.append(f"SET COMMENT = {literal(wanted.comment)}" if wanted.comment else "UNSET COMMENT")
    return actions


def _set_constraints(run: Run, old: Entry, wanted: list[Constraint]) -> None:
    """The constraints that are wanted; those that were there keep their names."""
    entry = ddl.copy_entry(ddl.catalog_of(run).require("TABLE", old.parts))
    known = {(item.kind, tuple(item.columns), str(item.references)): item for item in entry.constraints}
    constraints = [known.get((item.kind, tuple(item.columns), str(item.references)), item) for item in wanted]
    if constraints != entry.constraints:
        entry.constraints = constraints
        changes = Changes()
        changes.put(entry)
        run.engine.apply(run, changes)
