"""The snippets of `dw-sim connect` connect: Python is run as it is, psql and the environment by a shell."""

from __future__ import annotations

import ast
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from dw_simulator.stack.connect import snippets

pytestmark = pytest.mark.stack

ANSWERS: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("redshift", "python"): lambda connection: _select(connection),
    ("redshift", "psycopg"): lambda connection: _select(connection),
    ("snowflake", "python"): lambda connection: _select(connection),
    ("s3", "python"): lambda client: client.list_buckets()["ResponseMetadata"]["HTTPStatusCode"] == 200,
    ("s3", "s3fs"): lambda files: isinstance(files.ls(""), list),
}


def _select(connection: Any) -> bool:
    with contextlib.closing(connection), contextlib.closing(connection.cursor()) as cursor:
        cursor.execute("select 1")
        return tuple(cursor.fetchone()) == (1,)


def _value(text: str) -> Any:
    """Run a snippet; the value of its last expression."""
    tree = ast.parse(text)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    names: dict[str, Any] = {}
    exec(compile(tree, "snippet", "exec"), names)
    return eval(compile(ast.Expression(last.value), "snippet", "eval"), names)


@pytest.mark.filterwarnings("ignore:enable_server_session_keep_alive_auto_detection:FutureWarning")
@pytest.mark.parametrize(("service", "client"), ANSWERS)
def test_python_snippets_connect(stack, service, client):
    (text,) = [one.text for one in snippets(stack.settings, [service]) if one.client == client]
    assert ANSWERS[service, client](_value(text))


@pytest.mark.parametrize(
    ("service", "program"),
    [
        ("redshift", "import psycopg; print(psycopg.connect('').execute('select 1').fetchone()[0])"),
        ("s3", "import boto3; boto3.client('s3').list_buckets(); print(1)"),
    ],
)
def test_programs_connect_by_the_environment(stack, service, program):
    (text,) = [one.text for one in snippets(stack.settings, [service]) if one.client == "environment"]
    command = f'{text}\nexec "{sys.executable}" -W ignore -c "{program}"'
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "AWS_"))}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=clean, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr


def test_the_connector_reads_its_file(stack, tmp_path):
    (text,) = [one.text for one in snippets(stack.settings, ["snowflake"]) if one.client == "connections-toml"]
    (tmp_path / "connections.toml").write_text(text)
    (tmp_path / "connections.toml").chmod(0o600)
    program = (
        "import snowflake.connector\n"
        "with snowflake.connector.connect(connection_name='local') as connection:\n"
        "    print(connection.cursor().execute('select 1').fetchone()[0])\n"
    )
    variables = {**os.environ, "SNOWFLAKE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, env=variables, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr


def test_the_command_shows_them(stack):
    shown = stack.dw_sim("connect", "redshift", "--client", "psql", "--client", "dbt").stdout
    address = stack.settings.redshift
    assert f"psql -h 127.0.0.1 -p {address.port} -U awsuser dev" in shown
    assert f"port: {address.port}" in shown
    assert "Snowflake" not in shown
    refused = stack.dw_sim("connect", "--client", "telnet", check=False)
    assert (refused.returncode, "'telnet' is not one of: psql, python" in refused.stderr) == (2, True)
