# ruff: noqa: E501 - SQL and message templates
"""ALTER TABLE in its forms. Vendor page: "ALTER TABLE"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog import policies, streams, versions
from dw_simulator.emulators.snowflake.catalog.model import Entry, TableColumn
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import (
    constraints,
    ddl,
    defaults,
    external_tables,
    search_optimization,
    versioning,
)
from dw_simulator.emulators.snowflake.commands.dml import default_sql
from dw_simulator.emulators.snowflake.commands.options import (
    column_spec,
    if_exists,
    if_not_exists,
    properties,
    refuse_folding,
    table_constraint,
)
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.tables import (
    add_identity,
    check_collation,
    check_constraint,
    check_keys,
    default_collation,
    ordered,
    unnamed,
)
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.scripting.evaluation import evaluated
from dw_simulator.emulators.snowflake.translation.lexer import upper_words
from dw_simulator.emulators.snowflake.translation.scope import unique_keys
from dw_simulator.emulators.snowflake.translation.text import identifier
from dw_simulator.emulators.snowflake.translation.typing import Typed, resolve, storage
from dw_simulator.emulators.snowflake.types.model import SnowflakeType


@command("ALTER TABLE", "ALTER ICEBERG TABLE")
def alter_table(run: Run) -> StatementResult:
    parser = run.parser
    old = ddl.altered(run, "TABLE", "ALTER TABLE")
    if old is None:
        return ddl.succeeded()
    if old.kind == external_tables.KIND:
        return external_tables.alter(run, old)
    changes = Changes()
    entry = ddl.copy_entry(old)
    if entry.kind == streams.KIND:
        raise errors.WRONG_KIND(entry.kind, "TABLE")
    interactive = bool(entry.properties.get("interactive"))
    described = parser.is_word("ALTER", "MODIFY") or (interactive and parser.at_words("RENAME", "TO"))
    if entry.kind == "DYNAMIC TABLE" and not described:
        raise errors.WRONG_KIND(entry.kind, "TABLE")
    if (
        interactive
        and parser.is_word("DROP")
        and not parser.at_words("DROP", "ROW")
        and not parser.at_words("DROP", "ALL")
    ):
        raise errors.INTERACTIVE_ALTERED()
    if interactive and parser.is_word("CLUSTER"):
        parser.fail()
    change_table(run, entry, changes)
    parser.expect_end()
    if entry.kind == "DYNAMIC TABLE" and changes.sql:  # comments, tags and policies of columns change no data
        raise errors.WRONG_KIND(entry.kind, "TABLE")
    versioning.follow(run, old, entry, changes)
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def change_table(run: Run, entry: Entry, changes: Changes) -> None:
    """The action that comes next; ``entry`` is a copy that is changed."""
    parser = run.parser
    if parser.accept("RENAME", "TO"):
        ddl.rename_entry(run, entry)
    elif parser.accept("SWAP", "WITH"):
        _swap(run, entry, changes)
    elif parser.accept("RENAME", "COLUMN"):
        _rename_column(run, entry)
    elif parser.accept("RENAME", "CONSTRAINT"):
        constraints.rename(parser, entry)
    elif parser.is_word("ADD") and parser.ahead().value in constraints.KINDS:
        parser.next()
        constraint = table_constraint(parser)
        constraint.name = constraint.name or unnamed()
        check_constraint(run, entry, constraint)
        entry.constraints.append(constraint)
        check_keys(entry, entry.constraints)
    elif ddl.change_row_access(run, entry):
        pass
    elif parser.at_words("ADD", "SEARCH", "OPTIMIZATION") or parser.at_words("DROP", "SEARCH", "OPTIMIZATION"):
        search_optimization.change(parser, entry)
    elif parser.at_words("ADD", "INDEX") or parser.at_words("DROP", "INDEX"):
        parser.fail()
    elif parser.accept("ADD"):
        _add_columns(run, entry, changes)
    elif parser.is_word("DROP") and parser.ahead().value in constraints.KINDS:
        parser.next()
        constraints.drop(parser, entry)
    elif parser.accept("DROP", "CLUSTERING", "KEY"):
        entry.properties.pop("cluster_by", None)
    elif parser.accept("DROP"):
        _drop_columns(run, entry, changes)
    elif parser.accept_any("ALTER", "MODIFY"):
        if constraints.at_constraint(parser):
            constraints.modify(parser, entry)
        else:
            _alter_columns(run, entry, changes)
    else:
        _settings(run, entry)


def _settings(run: Run, entry: Entry) -> None:
    parser = run.parser
    if parser.accept("CLUSTER", "BY"):
        start = parser.token.start
        parser.parenthesized(parser.expression)
        entry.properties["cluster_by"] = "LINEAR" + upper_words(parser.sql[start : parser.last_end])
    elif parser.is_word("SUSPEND", "RESUME"):
        entry.properties["recluster_suspended"] = parser.next().value == "SUSPEND"
        parser.expect("RECLUSTER")
    elif ddl.change_tags(run, entry):
        pass
    elif parser.accept("SET"):
        found = properties(parser)
        refuse_folding(entry.kind, found)
        entry.comment = str(found.pop("COMMENT", entry.comment))
        entry.properties.update({key.lower(): value for key, value in found.items()})
    elif parser.accept("UNSET"):
        for name in parser.comma_list(parser.identifier):
            if name == "COMMENT":
                entry.comment = ""
            entry.properties.pop(name.lower(), None)
    else:
        parser.fail()


def _swap(run: Run, entry: Entry, changes: Changes) -> None:
    other = ddl.copy_entry(ddl.catalog_of(run).require("TABLE", ddl.object_name(run), "SWAP"))
    if other.id == entry.id:
        raise errors.ALREADY_EXISTS(entry.name)
    mine = entry.parts
    entry.database, entry.schema, entry.name = other.parts
    other.database, other.schema, other.name = mine
    changes.put(other)


def _require_column(entry: Entry, name: str) -> TableColumn:
    column = entry.column(name)
    if column is None:
        raise errors.SnowflakeError(904, "42000", f"SQL compilation error:\ncolumn '{name}' does not exist")
    return column


def _rename_column(run: Run, entry: Entry) -> None:
    if if_exists(run.parser) and entry.column(run.parser.token.value) is None:
        run.parser.rest()
        return
    column = _require_column(entry, run.parser.identifier())
    run.parser.expect("TO")
    name = run.parser.identifier()
    if entry.column(name) is not None:
        raise errors.DUPLICATE_COLUMN(name)
    for constraint in entry.constraints:
        constraint.columns = [name if item == column.name else item for item in constraint.columns]
    column.name = name


def _add_columns(run: Run, entry: Entry, changes: Changes) -> None:
    parser = run.parser
    parser.accept("COLUMN")
    while True:
        maybe = if_not_exists(parser)
        spec = column_spec(parser)
        if entry.column(spec.name) is not None:
            if not maybe:
                raise errors.SnowflakeError(
                    1430, "42601", f"SQL compilation error:\ncolumn '{spec.name}' already exists"
                )
        else:
            _add_column(run, entry, spec, changes)
        if not parser.accept_op(","):
            return
        parser.accept("COLUMN")


def _add_column(run: Run, entry: Entry, spec: object, changes: Changes) -> None:
    from dw_simulator.emulators.snowflake.commands.options import ColumnSpec

    assert isinstance(spec, ColumnSpec)
    if spec.type is None:
        run.parser.fail()
    mapping = str(run.session.parameters["TIMESTAMP_TYPE_MAPPING"])
    key = unique_keys([*(column.key for column in entry.columns), spec.name])[-1]
    kind = resolve(spec.type, mapping)
    check_collation(spec, kind)
    column = TableColumn(
        spec.name, key, kind.with_nullable(not spec.not_null), defaults.checked(run, spec.name, spec.default, kind, added=True),
        spec.identity, computed=spec.computed, comment=spec.comment, collation=spec.collation, type_text=spec.type_text,
        ordered=ordered(run, spec.ordered),
    )  # fmt: skip
    default_collation(run, entry, [column])
    if spec.identity is not None:
        defaults.check_identity(spec.name, spec.default, kind)
        add_identity(run, column, changes)
    default = default_sql(run, column)
    each = spec.identity is not None or versions.VOLATILE.search(default) is not None
    given = ""
    if spec.default is not None and not each:
        # Rows that are there get the default with the column: an UPDATE would be in the way of NOT NULL.
        given = f" DEFAULT {evaluated(run.state, Typed(default, column.type), column.type).sql}"
    for table in kept_in(run, entry):
        changes.run(f"ALTER TABLE {table} ADD COLUMN {identifier(key)} {storage(column.type)}{given}")
        if given:
            changes.run(f"ALTER TABLE {table} ALTER COLUMN {identifier(key)} DROP DEFAULT")
    if each:
        changes.run(f"UPDATE {entry.physical} SET {identifier(key)} = {default}")
    if spec.not_null:
        changes.run(f"ALTER TABLE {entry.physical} ALTER COLUMN {identifier(key)} SET NOT NULL")
    entry.columns.append(column)
    ddl.set_tags(run, column, spec.tags)
    if spec.mask is not None:
        policies.set_mask(ddl.catalog_of(run), entry, column, *spec.mask, False)
    entry.constraints.extend(spec.constraints)
    check_keys(entry, entry.constraints)


def kept_in(run: Run, entry: Entry) -> list[str]:
    """The DuckDB tables that have the table's columns: its own, that of its history, those with the offsets of streams."""
    found = streams.streams_on(run.engine.catalog, entry)
    offsets = [streams.offset_table(stream) for stream in found if not stream.properties.get(streams.APPEND_ONLY)]
    return [*versions.tables_of(entry), *offsets]


def _drop_columns(run: Run, entry: Entry, changes: Changes) -> None:
    parser = run.parser
    parser.accept("COLUMN")
    maybe = if_exists(parser)
    for name in parser.comma_list(parser.identifier):
        if maybe and entry.column(name) is None:
            continue
        column = _require_column(entry, name)
        if len(entry.columns) == 1:
            raise errors.SnowflakeError(2262, "42000", "SQL compilation error:\ncannot drop the only column of a table")
        policies.must_not_hold(entry, column)
        for table in kept_in(run, entry):
            changes.run(f"ALTER TABLE {table} DROP COLUMN {identifier(column.key)}")
        entry.columns.remove(column)
        entry.constraints = [item for item in entry.constraints if name not in item.columns]
    parser.accept_any("CASCADE", "RESTRICT")


# --- ALTER COLUMN -----------------------------------------------------------------------------------------------------
def _alter_columns(run: Run, entry: Entry, changes: Changes) -> None:
    parser = run.parser
    grouped = parser.accept_op("(")
    while True:
        parser.accept("COLUMN")
        _alter_column(run, entry, changes)
        if not parser.accept_op(","):
            break
    if grouped:
        parser.expect_op(")")


def _alter_column(run: Run, entry: Entry, changes: Changes) -> None:
    parser = run.parser
    column = _require_column(entry, parser.identifier())
    target = f"ALTER TABLE {entry.physical} ALTER COLUMN {identifier(column.key)}"
    if parser.accept("DROP", "DEFAULT"):
        column.default = None
    elif parser.accept("SET", "DEFAULT"):
        start = parser.token.start
        parser.expression()
        text = parser.sql[start : parser.last_end]
        if defaults.sequence_name(text) is None:
            raise errors.UNSUPPORTED_FEATURE("Alter Column Set Default")  # the vendor's words: sequences only
        column.default = defaults.kept(run, text)
    elif parser.accept("DROP", "NOT", "NULL"):
        column.type = column.type.with_nullable(True)
        changes.run(f"{target} DROP NOT NULL")
    elif parser.accept("SET", "NOT", "NULL") or parser.accept("NOT", "NULL"):
        column.type = column.type.with_nullable(False)
        changes.run(f"{target} SET NOT NULL")
    elif parser.accept("COMMENT"):
        parser.accept_op("=")
        column.comment = parser.string()
    elif parser.accept("UNSET", "COMMENT"):
        column.comment = None
    elif ddl.change_tags(run, column) or ddl.change_column_policy(run, entry, column):
        pass
    else:
        parser.accept("SET", "DATA") or parser.accept("SET")
        parser.accept("DATA")
        parser.accept("TYPE")
        start = parser.token.start
        kind = resolve(parser.type_ref(), str(run.session.parameters["TIMESTAMP_TYPE_MAPPING"]))
        text = parser.sql[start : parser.last_end].upper()
        _same_collation(column, kind, parser.string() if parser.accept("COLLATE") else None)
        column.type_text = text
        _change_type(entry, column, kind.with_nullable(column.type.nullable), changes)


def _same_collation(column: TableColumn, kind: SnowflakeType, given: str | None) -> None:
    """A changed type must repeat the column's collation, which cannot be changed."""
    if (column.collation or "").lower() == (given or "").lower() or kind.name != "TEXT" or column.type.name != "TEXT":
        return
    old, new = (
        item.sql_name() + (f" COLLATE '{spec}'" if spec else "")
        for item, spec in ((column.type, column.collation), (kind, given))
    )
    raise errors.SnowflakeError(
        40053, "22000",
        f'SQL compilation error:\ncannot change column {column.name} from type "{old}" to "{new}" '
        "because they have incompatible collations.",
    )  # fmt: skip


def _change_type(entry: Entry, column: TableColumn, kind: SnowflakeType, changes: Changes) -> None:
    old = column.type
    shorter = old.name == "TEXT" and (kind.length or 0) < (old.length or 0)
    if old.name != kind.name or (old.scale or 0) != (kind.scale or 0) or shorter:
        raise errors.SnowflakeError(
            2108, "22000",
            f"SQL compilation error:\ncannot change column {column.name} from type {old.sql_name()} to {kind.sql_name()}",
        )  # fmt: skip
    if storage(old) != storage(kind):
        for table in versions.tables_of(entry):
            changes.run(f"ALTER TABLE {table} ALTER COLUMN {identifier(column.key)} TYPE {storage(kind)}")
    column.type = kind
