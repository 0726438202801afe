"""User-defined functions. Vendor pages: "CREATE FUNCTION", "ALTER FUNCTION", "DESCRIBE FUNCTION"."""

from __future__ import annotations

from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, type_to_json
from dw_simulator.emulators.snowflake.catalog.routines import signed_name
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.options import if_exists, if_not_exists, properties
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.programs.definitions import take_options
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.scripting.signatures import described, routine_argument
from dw_simulator.emulators.snowflake.translation.typing import resolve
from dw_simulator.emulators.snowflake.types import model as m

_FUNCTION_FORMS = [
    f"CREATE {replace}{kind}FUNCTION"
    for replace in ("", "OR REPLACE ")
    for kind in ("", "TEMPORARY ", "TEMP ", "SECURE ", "AGGREGATE ", "TEMPORARY AGGREGATE ", "TEMP AGGREGATE ")
] + ["CREATE OR ALTER FUNCTION", "CREATE OR ALTER SECURE FUNCTION", "CREATE OR ALTER AGGREGATE FUNCTION"]


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
        "secure": "SECURE" in run.words,
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
        elif parser.accept("MEMOIZABLE"):
            entry.properties["memoizable"] = True
        elif (
            parser.accept("CALLED", "ON", "NULL", "INPUT")
            or parser.accept_any("VOLATILE", "SECURE")
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


@command("ALTER FUNCTION")
def alter_function(run: Run) -> StatementResult:
    parser, view = run.parser, ddl.catalog_of(run)
    maybe = if_exists(parser)
    parts = ddl.routine_name(parser)
    if maybe and view.find("FUNCTION", parts) is None:
        parser.rest()
        return ddl.succeeded()
    entry = ddl.copy_entry(view.require("FUNCTION", parts, "ALTER FUNCTION"))
    if parser.accept("RENAME", "TO"):
        types = entry.name[len(entry.properties["base_name"]) :]
        ddl.rename_entry(run, entry, types)
        entry.properties["base_name"] = entry.name[: len(entry.name) - len(types)]
    elif parser.accept("SET", "SECURE"):
        entry.properties["secure"] = True
    elif parser.accept("UNSET", "SECURE"):
        entry.properties["secure"] = False
    elif parser.accept("UNSET", "COMMENT"):
        entry.comment = ""
    elif ddl.change_tags(run, entry):
        pass
    elif parser.accept("SET"):
        found = properties(parser)
        entry.comment = str(found.pop("COMMENT", entry.comment))
        for name in found:
            raise errors.UNSUPPORTED_FEATURE(f"ALTER FUNCTION … SET {name}")
    else:
        parser.fail()
    parser.expect_end()
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    return ddl.succeeded()


@command("DESCRIBE FUNCTION", "DESC FUNCTION")
def describe_function(run: Run) -> StatementResult:
    parts = ddl.routine_name(run.parser)
    run.parser.expect_end()
    entry = ddl.catalog_of(run).require("FUNCTION", parts, "DESCRIBE")
    values = entry.properties
    signature, result = described(values)
    rows = [
        ("signature", signature),
        ("returns", result),
        ("language", values["language"]),
    ]
    if values["language"] != "SQL":
        rows += [
            ("null handling", "RETURNS NULL ON NULL INPUT" if values.get("strict") else "CALLED ON NULL INPUT"),
            ("volatility", "IMMUTABLE" if values.get("immutable") else "VOLATILE"),
        ]
    rows.append(("body", entry.text))
    for name in ("handler", "runtime_version"):
        if values.get(name):
            rows.append((name, str(values[name])))
    for name in ("packages", "imports"):
        if values.get(name):
            rows.append((name, "[" + ", ".join(f"'{item}'" for item in values[name]) + "]"))
    columns = [ResultColumn("property", m.text()), ResultColumn("value", m.text())]
    return StatementResult.rows(columns, rows, StatementType.DESCRIBE)
