"""Views, sequences, SQL functions. Vendor pages: "CREATE VIEW", "CREATE SEQUENCE", "CREATE FUNCTION"."""

from __future__ import annotations

from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, TableColumn, type_to_json
from dw_simulator.emulators.snowflake.catalog.routines import signed_name
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.options import (
    ROW_ACCESS,
    column_list,
    if_exists,
    if_not_exists,
    properties,
)
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.commands.tables import storable
from dw_simulator.emulators.snowflake.programs.definitions import take_options
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.scripting.signatures import routine_argument
from dw_simulator.emulators.snowflake.translation.scope import unique_keys
from dw_simulator.emulators.snowflake.translation.typing import resolve

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


@command(*_VIEW_FORMS)
def create_view(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    entry = ddl.new_entry(run, "VIEW", ddl.object_name(run), "CREATE VIEW")
    entry.temporary = any(word in run.words for word in ("TEMP", "VOLATILE"))
    if "MATERIALIZED" in run.words:
        entry.properties["materialized"] = True
    specs = column_list(parser)[0] if parser.is_op("(") else []
    found = properties(parser)
    entry.properties["copy_grants"] = found.pop("COPY_GRANTS", False)
    entry.comment = str(found.get("COMMENT", ""))
    ddl.set_tags(run, entry, found.get("TAG", []))
    parser.expect("AS")
    start = parser.token.start
    query = parser.query()
    parser.expect_end()
    entry.text = parser.sql[start : parser.last_end]
    entry.properties["statement"] = run.sql.strip().rstrip(";")
    entry.properties["secure"] = "SECURE" in run.words
    binder = run.engine.binder(run)
    bound = binder.query(query)
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
        TableColumn(name, key, storable(column.type), comment=comment)
        for name, key, column, comment in zip(names, unique_keys(names), bound.columns, comments, strict=True)
    ]
    ddl.set_column_options(run, entry, specs)
    ddl.set_row_access(run, entry, found.get(ROW_ACCESS))
    return ddl.create(
        run, entry, Changes(), replace="OR REPLACE" in run.words, if_missing=if_missing,
        message=f"View {entry.name} successfully created.",
    )  # fmt: skip


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
        entry.comment = str(found.get("COMMENT", entry.comment))
    elif parser.accept("UNSET", "COMMENT"):
        entry.comment = ""
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
            raise errors.INVALID_IDENTIFIER(name)
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
        elif not parser.accept_any("WITH", "ORDER", "NOORDER"):
            parser.fail()
    entry.properties = {"start": start, "increment": step}
    changes = Changes()
    bounds = f" MINVALUE {start}" if step > 0 and start < 1 else ""
    if step < 0:
        bounds = f" MINVALUE -9223372036854775807 MAXVALUE {max(start, 1)}"
    changes.run(f"CREATE SEQUENCE data.s{entry.id} START {start} INCREMENT {step}{bounds}")
    return ddl.create(run, entry, changes, replace="OR REPLACE" in run.words, if_missing=if_missing)


# --- SQL functions ----------------------------------------------------------------------------------------------------
_FUNCTION_FORMS = [
    f"CREATE {replace}{kind}FUNCTION"
    for replace in ("", "OR REPLACE ")
    for kind in ("", "TEMPORARY ", "TEMP ", "SECURE ", "AGGREGATE ", "TEMPORARY AGGREGATE ", "TEMP AGGREGATE ")
]


@command(*_FUNCTION_FORMS)
def create_function(run: Run) -> StatementResult:
    parser = run.parser
    if_missing = if_not_exists(parser)
    entry = ddl.new_entry(run, "FUNCTION", ddl.object_name(run), "CREATE FUNCTION")
    mapping = str(run.session.parameters["TIMESTAMP_TYPE_MAPPING"])
    arguments = parser.parenthesized(lambda: routine_argument(parser, mapping))
    parser.expect("RETURNS")
    table = None
    if parser.accept("TABLE"):
        table = parser.parenthesized(lambda: (parser.identifier(), resolve(parser.type_ref(), mapping)))
        returns = None
    else:
        returns = resolve(parser.type_ref(), mapping)
    entry.temporary = any(word in run.words for word in ("TEMP", "TEMPORARY"))
    entry.properties = {
        "base_name": entry.name,
        "language": "SQL",
        "arguments": [[name, type_to_json(kind), default] for name, kind, default in arguments],
        "signature": "(" + ", ".join(f"{name} {kind.sql_name()}" for name, kind, _ in arguments) + ")",
        "result": returns.sql_name() if returns else "TABLE",
        "returns": type_to_json(returns) if returns else None,
        "table": [[name, type_to_json(kind)] for name, kind in table or []],
        "strict": False,
        "immutable": False,
        "aggregate": "AGGREGATE" in run.words,
    }
    _function_options(run, entry)
    language = entry.properties["language"]
    if language == "SQL" or parser.is_word("AS"):
        parser.expect("AS")
        entry.text = parser.string().strip() if language == "SQL" else parser.string().strip("\n")
    parser.expect_end()
    if "AGGREGATE" in run.words and language != "PYTHON":
        raise errors.UNSUPPORTED_FEATURE(f"aggregate functions in {language}")
    plain = entry.name
    entry.name = signed_name(plain, [kind for _, kind, _ in arguments])
    return ddl.create(
        run, entry, Changes(), replace="OR REPLACE" in run.words, if_missing=if_missing,
        message=f"Function {plain} successfully created.",
    )  # fmt: skip


def _function_options(run: Run, entry: Entry) -> None:
    parser, language = run.parser, "SQL"
    found: dict[str, Any] = {}
    while not parser.is_word("AS") and not parser.at_end():
        if parser.accept("LANGUAGE"):
            language = parser.identifier()
        elif parser.accept("RETURNS", "NULL", "ON", "NULL", "INPUT") or parser.accept("STRICT"):
            entry.properties["strict"] = True
        elif parser.accept("IMMUTABLE"):
            entry.properties["immutable"] = True
        elif (
            parser.accept("CALLED", "ON", "NULL", "INPUT")
            or parser.accept_any("VOLATILE", "MEMOIZABLE", "SECURE")
            or parser.accept("NOT", "NULL")
            or parser.accept("NULL")
        ):
            pass
        else:
            given = properties(parser)
            if not given:
                parser.fail()
            found |= given
    if language != "SQL":
        take_options(entry, language, found)
    entry.comment = str(found.pop("COMMENT", entry.comment))


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
    entry = ddl.copy_entry(old)
    if parser.accept("RENAME", "TO"):
        ddl.rename_entry(run, entry)
    elif ddl.change_tags(run, entry):
        pass
    elif parser.accept("SET", "COMMENT"):
        parser.accept_op("=")
        entry.comment = parser.string()
    else:
        raise errors.UNSUPPORTED_FEATURE("ALTER SEQUENCE … INCREMENT")
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()
