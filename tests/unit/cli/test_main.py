"""The edge of the program: messages, exit codes, global options."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import typer

from dw_simulator import errors
from dw_simulator.cli import diagnostics
from dw_simulator.cli.main import COMMAND_MODULES, build_app, modules_for, run

EXIT_CODES = [
    (errors.DwSimulatorError("m"), 1),
    (errors.ConfigError("m"), 2),
    (errors.SchemaError("m"), 3),
    (errors.ImportSchemaError("m"), 3),
    (errors.GenerationError("m"), 4),
    (errors.GenerationCancelled("m"), 130),
    (errors.StagingError("m"), 5),
    (errors.WarehouseError("m"), 6),
    (errors.WarehouseSqlError("m"), 6),
    (errors.ServiceUnavailable("s3", "h:1"), 7),
    (errors.NotFound("m"), 8),
    (errors.Conflict("m"), 9),
    (errors.StackError("m"), 10),
    (errors.VerificationFailed("m"), 11),
    (errors.ExportError("m"), 12),
]


@pytest.mark.parametrize(("error", "code"), EXIT_CODES, ids=lambda case: type(case).__name__)
def test_each_error_has_its_exit_code(capsys, error, code):
    assert diagnostics.report(error) == code
    assert capsys.readouterr().err.startswith("error: ")


def test_message_and_hint_go_to_stderr(capsys):
    diagnostics.report(errors.StackError("first\nsecond", hint="do this"))
    assert capsys.readouterr() == ("", "error: first\n       second\nhint: do this\n")


def test_every_problem_of_a_schema_is_shown(capsys):
    problems = [errors.Problem("is missing", "tables.a"), errors.Problem("is wrong", "tables.b", line=3, column=4)]
    diagnostics.report(errors.SchemaError(problems))
    assert capsys.readouterr().err == ("error: tables.a: is missing\n       line 3, column 4: tables.b: is wrong\n")


def test_a_full_disk_is_explained(capsys):
    assert diagnostics.report(OSError(28, "No space left on device", "/data/x")) == 1
    assert capsys.readouterr().err.startswith("error: /data/x: No space left on device (free some space")


def test_a_mistake_of_ours_shows_a_traceback_only_on_demand(capsys):
    error = ZeroDivisionError("division by zero")
    assert diagnostics.report(error) == 1
    assert capsys.readouterr().err.startswith("error: ZeroDivisionError: division by zero\nhint: ")
    with pytest.raises(ZeroDivisionError) as caught:
        raise error
    diagnostics.report(caught.value, debug=True)
    shown = capsys.readouterr().err
    assert "Traceback (most recent call last)" in shown
    assert "error: ZeroDivisionError: division by zero" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "error: No such command 'nonsense'."),
        (["--nonsense"], "error: No such option: --nonsense"),
        (["status", "--nonsense"], "error: No such option: --nonsense"),
        (["serve"], "error: Missing argument 'name'."),
        (["serve", "mysql"], "error: Invalid value for 'name': 'mysql' is not one of"),
        (
            ["serve", "s3", "--port", "70000"],
            "error: Invalid value for '--port': Input should be less than or equal to 65535",
        ),
        (["up", "--detach", "--foreground"], "error: Invalid value: choose one of --detach and --foreground"),
        (["up", "--port-base", "99999"], "error: --port-base 99999 is out of range"),
    ],
)
def test_usage_errors(capsys, tmp_path, arguments, message):
    given = arguments if arguments[0].startswith("--") else ["--home", str(tmp_path), *arguments]
    assert run(given) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(message)
    assert "hint: " in shown.err
    assert shown.out == ""


def test_a_wrong_variable_is_a_usage_error(capsys, monkeypatch):
    monkeypatch.setenv("DW_SIMULATOR_S3_PORT", "many")
    assert run(["status"]) == 2
    assert "setting s3.port (from environment (DW_SIMULATOR_S3_PORT))" in capsys.readouterr().err


def test_version(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("dw-sim 0.")


def test_no_command_prints_the_help(capsys):
    assert run([]) == 2
    shown = capsys.readouterr()
    assert "Usage: dw-sim" in shown.out
    assert shown.err == ""


def test_home_reaches_the_command(capsys, tmp_path):
    assert run(["--home", str(tmp_path / "x"), "config", "show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["home"]
    assert (shown["value"], shown["origin"]) == (f"{tmp_path}/x", "command line")


def test_config_show_masks_secrets(capsys, monkeypatch):
    monkeypatch.setenv("DW_SIMULATOR_REDSHIFT_PASSWORD", "hunter2")
    for form in ([], ["--json"]):
        assert run(["config", "show", *form]) == 0
        shown = capsys.readouterr().out
        assert "hunter2" not in shown
        assert "****" in shown


def test_every_command_has_help():
    def walk(command, path):
        assert command.help or command.short_help, f"{path} has no help"
        for name, child in getattr(command, "commands", {}).items():
            walk(child, f"{path} {name}")

    walk(typer.main.get_command(build_app()), "dw-sim")


@pytest.mark.parametrize(
    ("arguments", "modules"),
    [
        (["up", "--detach"], ("stack",)),
        (["--home", "serve", "--env=ci", "--config-dir", "x", "--debug", "load", "query"], ("load",)),
        (["--home=x", "serve", "s3"], ("serve",)),
        (["--help"], COMMAND_MODULES),
        (["--version", "up"], COMMAND_MODULES),
        (["stacks"], COMMAND_MODULES),
        (["--home"], COMMAND_MODULES),
        ([], COMMAND_MODULES),
    ],
)
def test_only_what_a_command_line_needs_is_built(arguments, modules):
    assert modules_for(arguments) == modules


def test_every_command_is_found_in_its_module():
    for name in typer.main.get_command(build_app()).commands:
        found = typer.main.get_command(build_app(modules_for([name])))
        assert (name in found.commands, modules_for([name]) != COMMAND_MODULES) == (True, True), name


def test_the_command_line_imports_nothing_heavy():
    code = "import sys, dw_simulator.cli.main as m; m.build_app(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"numpy", "pyarrow", "duckdb", "sqlglot", "pydantic", "fastapi", "snowflake", "redshift_connector", "rich"}
    assert heavy.isdisjoint(loaded)
