"""Views and sequences. Vendor pages: "CREATE VIEW", "CREATE SEQUENCE", "ALTER SEQUENCE"."""

from __future__ import annotations

from collections.abc import Sequence

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, TableColumn
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl, defaults, lineage
from dw_simulator.emulators.snowflake.commands.options import (
    ROW_ACCESS,
    ColumnSpec,
    column_list,
    if_exists,
    if_not_exists,
    properties,
)
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.show import sequence_row
from dw_simulator.emulators.snowflake.commands.tables import storable
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.lexer import upper_words
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import unique_keys
from dw_simulator.emulators.snowflake.translation.text import identifier, written

_VIEW_FORMS = [
    f"CREATE {replace}{secure}{kind}VIEW"
    for replace in ("", "OR REPLACE ")
    for secure in ("", "SECURE ")
    for kind in (
        "",
        "TEMPORARY ",
        "TEMP ",
        "LOCAL TEMPORARY ",
        "RECURSIVE ",
        "MATERIALIZED ",
        "VOLATILE ",
        "SCOPED TEMPORARY ",
    )
]


@command(*_VIEW_FORMS, "CREATE OR ALTER VIEW", "CREATE OR ALTER SECURE VIEW")
def create_view(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    entry = ddl.new_entry(run, "VIEW", ddl.object_name(run), "CREATE VIEW")
    entry.temporary = any(word in run.words for word in ("TEMP", "VOLATILE"))
    if "MATERIALIZED" in run.words:
        entry.properties["materialized"] = True
    specs = column_list(parser)[0] if parser.is_op("(") else []
    found = properties(parser)
    if "MATERIALIZED" in run.words and parser.accept("CLUSTER", "BY"):
        start = parser.token.start
        parser.parenthesized(parser.expression)
        entry.properties["cluster_by"] = "LINEAR" + upper_words(parser.sql[start : parser.last_end])
    if found.get("CHANGE_TRACKING"):
        entry.properties["change_tracking"] = True
    entry.properties["copy_grants"] = found.pop("COPY_GRANTS", False)
    entry.properties["copy_tags"] = found.pop("COPY_TAGS", False)
    entry.comment = str(found.get("COMMENT", ""))
    ddl.set_tags(run, entry, found.get("TAG", []))
    parser.expect("AS")
    start = parser.token.start
    query = parser.query()
    parser.expect_end()
    entry.text = parser.sql[start : parser.last_end]
    if "RECURSIVE" in run.words:
        query = _recursive(entry, specs)
    entry.properties["statement"] = run.sql.strip().rstrip(";")
    entry.properties["secure"] = "SECURE" in run.words
    binder = run.engine.binder(run)
    binder.env.catalog = ddl.catalog_of(run).pathless()
    bound = lineage.tracing(binder).query(query)
    if len(binder.env.sources) == 1 and entry.properties.get("materialized"):
        entry.properties["source"] = list(binder.env.sources[0])
    if entry.properties.get("materialized") and binder.env.protected:
        raise errors.UNSUPPORTED_FEATURE(f"materialized view on {binder.env.protected[0]}, which has a policy")
    names = [spec.name for spec in specs] or [column.name for column in bound.columns]
    if len(names) != len(bound.columns):
        raise errors.SnowflakeError(
            2057, "42601",
            f"SQL compilation error:\nInvalid number of columns {len(names)} specified, expected {len(bound.columns)}",
        )  # fmt: skip
    if len(set(names)) != len(names):
        raise errors.DUPLICATE_COLUMN(next(name for name in names if names.count(name) > 1))
    comments = [spec.comment for spec in specs] or [None] * len(names)
    entry.columns = [
        TableColumn(name, key, storable(column.type), comment=comment, collation=column.collation)
        for name, key, column, comment in zip(names, unique_keys(names), bound.columns, comments, strict=True)
    ]
    lineage.note(run, entry, query, bound)
    ddl.set_column_options(run, entry, specs)
    ddl.set_row_access(run, entry, found.get(ROW_ACCESS))
    noun = "Materialized view" if entry.properties.get("materialized") else "View"
    return ddl.create(
        run, entry, Changes(), replace="OR REPLACE" in run.words, if_missing=if_missing,
        message=f"{noun} {entry.name} successfully created.",
    )  # fmt: skip


def _recursive(entry: Entry, specs: Sequence[ColumnSpec]) -> n.Query:
    """The query of a view that names itself, which becomes the one of a common table expression of that name."""
    name, columns = identifier(entry.name), ", ".join(identifier(spec.name) for spec in specs)
    entry.text = f"WITH RECURSIVE {name} ({columns}) AS ({entry.text}) SELECT * FROM {name}"
    return Parser(entry.text).query()


@command("ALTER VIEW", "ALTER MATERIALIZED VIEW")
def alter_view(run: Run) -> StatementResult:
    parser = run.parser
    old = ddl.altered(run, "VIEW", "ALTER VIEW")
    if old is None:
        return ddl.succeeded()
    entry = ddl.copy_entry(old)
    if parser.accept("RENAME", "TO"):
        ddl.rename_entry(run, entry)
    elif parser.accept("SET", "SECURE"):
        entry.properties["secure"] = True
    elif parser.accept("UNSET", "SECURE"):
        entry.properties["secure"] = False
    elif ddl.change_tags(run, entry) or ddl.change_row_access(run, entry):
        pass
    elif parser.accept("SET"):
        found = properties(parser)
        entry.comment = str(found.pop("COMMENT", entry.comment))
        if "CHANGE_TRACKING" in found:
            entry.properties["change_tracking"] = found.pop("CHANGE_TRACKING")
        for name in found:
            raise errors.INVALID_PROPERTY(name, "VIEW")
    elif parser.accept("UNSET", "COMMENT"):
        entry.comment = ""
    elif entry.properties.get("materialized") and parser.accept_any("SUSPEND", "RESUME"):
        parser.accept("RECLUSTER")  # it is computed when it is read: nothing runs that could be stopped
    elif entry.properties.get("materialized") and parser.accept("CLUSTER", "BY"):
        start = parser.token.start
        parser.parenthesized(parser.expression)
        entry.properties["cluster_by"] = "LINEAR" + upper_words(parser.sql[start : parser.last_end])
    elif entry.properties.get("materialized") and parser.accept("DROP", "CLUSTERING", "KEY"):
        entry.properties.pop("cluster_by", None)
    elif parser.accept_any("ALTER", "MODIFY"):
        _alter_view_columns(run, entry)
    else:
        parser.fail()
    parser.expect_end()
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def _alter_view_columns(run: Run, entry: Entry) -> None:
    """``[COLUMN] name SET TAG …, …``: of a view's columns only tags and policies change."""
    parser = run.parser
    while True:
        parser.accept("COLUMN")
        name = parser.identifier()
        column = entry.column(name)
        if column is None:
            raise errors.INVALID_IDENTIFIER(written(name))
        if not ddl.change_tags(run, column) and not ddl.change_column_policy(run, entry, column):
            parser.fail()
        if not parser.accept_op(","):
            return


# --- sequences --------------------------------------------------------------------------------------------------------
@command("CREATE SEQUENCE", "CREATE OR REPLACE SEQUENCE")
def create_sequence(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    entry = ddl.new_entry(run, "SEQUENCE", ddl.object_name(run), "CREATE SEQUENCE")
    start, step = 1, 1
    ordered = not run.session.parameters["NOORDER_SEQUENCE_AS_DEFAULT"]
    following = None
    if parser.accept("CLONE"):
        source = ddl.catalog_of(run).require("SEQUENCE", ddl.object_name(run), "USAGE")
        start, step = source.properties["start"], source.properties["increment"]
        ordered = bool(source.properties.get("ordered"))
        following = run.engine.next_value(source)
        entry.comment = source.comment
        parser.accept("COPY", "GRANTS")
        parser.expect_end()
    while not parser.at_end():
        if parser.accept("START"):
            parser.accept("WITH")
            parser.accept_op("=")
            start = parser.integer()
        elif parser.accept("INCREMENT"):
            parser.accept("BY")
            parser.accept_op("=")
            step = parser.integer()
        elif parser.accept("COMMENT"):
            parser.accept_op("=")
            entry.comment = parser.string()
        elif word := parser.accept_any("ORDER", "NOORDER"):
            ordered = word == "ORDER"
        elif not parser.accept("WITH"):
            parser.fail()
        parser.accept_op(",")
    if step == 0:
        raise errors.INVALID_PARAMETER_VALUE(0, "INCREMENT")
    entry.properties = {"start": start, "increment": step, "ordered": ordered}
    changes = Changes()
    changes.run("CREATE " + ddl.sequence_sql(f"data.s{entry.id}", start if following is None else following, step))
    return ddl.create(run, entry, changes, replace="OR REPLACE" in run.words, if_missing=if_missing)


@command("DROP FUNCTION", "DROP PROCEDURE", "DROP SEQUENCE")
def drop_simple(run: Run) -> StatementResult:
    parser = run.parser
    kind = run.words.split()[-1]
    maybe = if_exists(parser)
    parts = ddl.object_name(run) if kind == "SEQUENCE" else ddl.routine_name(parser)
    parser.accept_any("CASCADE", "RESTRICT")
    parser.expect_end()
    view = ddl.catalog_of(run)
    if maybe and view.find(kind, parts) is None:
        return ddl.missing_status(parts[-1])
    entry = view.require(kind, parts, f"DROP {kind}")
    changes = Changes()
    changes.remove(entry)
    if kind == "SEQUENCE":
        changes.run(f"DROP SEQUENCE IF EXISTS data.s{entry.id}")
    run.engine.apply(run, changes)
    return ddl.dropped_status(entry.name)


@command("ALTER SEQUENCE")
def alter_sequence(run: Run) -> StatementResult:
    parser = run.parser
    old = ddl.altered(run, "SEQUENCE", "ALTER SEQUENCE")
    if old is None:
        return ddl.succeeded()
    entry, changes = ddl.copy_entry(old), Changes()
    if parser.accept("RENAME", "TO"):
        ddl.rename_entry(run, entry)
        for table in run.engine.catalog.entries("TABLE"):
            copy = ddl.copy_entry(table)
            if defaults.follow(copy, old.parts, entry.parts):
                changes.put(copy)
    elif ddl.change_tags(run, entry):
        pass
    elif parser.accept("UNSET", "COMMENT"):
        entry.comment = ""
    else:
        _change_sequence(run, entry, changes)
    parser.expect_end()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


def _change_sequence(run: Run, entry: Entry, changes: Changes) -> None:
    """SET of the increment, the order and the comment. Vendor page: "ALTER SEQUENCE".

    The next value was set aside with the old increment: a new one is seen at the second use.
    """
    parser = run.parser
    parser.accept("SET")
    while not parser.at_end():
        if parser.accept("INCREMENT"):
            parser.accept("BY")
            parser.accept_op("=")
            step = parser.integer()
            if step == 0:
                raise errors.INVALID_PARAMETER_VALUE(0, "INCREMENT")
            following = sequence_row(run, entry)[1][3]
            changes.run("CREATE OR REPLACE " + ddl.sequence_sql(f"data.s{entry.id}", following, step))
            entry.properties["increment"] = step
        elif word := parser.accept_any("ORDER", "NOORDER"):
            if word == "ORDER" and not entry.properties.get("ordered"):
                raise errors.UNSUPPORTED_FEATURE("ALTER SEQUENCE … ORDER of a sequence that was made with NOORDER")
            entry.properties["ordered"] = word == "ORDER"
        elif parser.accept("COMMENT"):
            parser.accept_op("=")
            entry.comment = parser.string()
        else:
            parser.fail()
        parser.accept_op(",")
