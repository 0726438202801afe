"""Clients in environments of their own: each program of programs/ runs once, each of its scenarios is a test here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"
VENVS = Path(__file__).parents[3] / "scripts" / "client-venvs"
SCENARIO = {
    ".py": re.compile(r"^(?:async )?def (case_\w+)", re.M),
    ".cjs": re.compile(r"^cases\.(\w+) =", re.M),
    ".java": re.compile(r'^\s+check\("(\w+)"', re.M),
}
SCENARIOS = [
    (path.name, name)
    for path in sorted(PROGRAMS.iterdir())
    if path.name.lower().startswith("with") and path.suffix in SCENARIO
    for name in SCENARIO[path.suffix].findall(path.read_text())
]
JDBC_DRIVER = Path("/usr/share/java/postgresql.jar")
"""Debian's package libpostgresql-jdbc-java."""

Outcomes = dict[str, str | None]


def environment(name: str) -> Path:
    done = subprocess.run([sys.executable, VENVS, name], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the environment {name} cannot be made: {done.stderr.strip().splitlines()[-1]}")
    return Path(done.stdout.strip())


def python_command(program: Path) -> tuple[list[str], dict[str, str]]:
    return [str(environment("redshift") / "bin" / "python"), "-W", "ignore", str(program)], {}


def node_command(program: Path) -> tuple[list[str], dict[str, str]]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    return [node, str(program)], {"NODE_PATH": str(environment("node") / "node_modules")}


def java_command(program: Path) -> tuple[list[str], dict[str, str]]:
    if shutil.which("javac") is None or not JDBC_DRIVER.exists():
        pytest.skip("a JDK or PostgreSQL's JDBC driver is not installed")
    return ["java", "-cp", str(JDBC_DRIVER), str(program)], {}


COMMANDS = {".py": python_command, ".cjs": node_command, ".java": java_command}


@pytest.fixture(scope="session")
def outcomes(server) -> Callable[[str], Outcomes]:
    """``outcomes("with_asyncpg.py")`` runs a program once; gives scenario -> what went wrong, or None."""
    known: dict[str, Outcomes] = {}

    def run(name: str) -> Outcomes:
        program = PROGRAMS / name
        command, variables = COMMANDS[program.suffix](program)
        arguments = [str(server.port), server.store.endpoint_url, server.bucket]
        done = subprocess.run(
            [*command, *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, **variables},
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return {line["name"]: line["error"] for line in lines}

    def of(name: str) -> Outcomes:
        if name not in known:
            known[name] = run(name)
        return known[name]

    return of


@pytest.mark.parametrize(("program", "scenario"), SCENARIOS)
def test_scenario(outcomes, program, scenario):
    error = outcomes(program)[scenario]
    assert error is None, error
