"""The composed stack of these tests: a project, volumes and ports of its own, removed at the end.

``COMPOSE`` is the command that composes, `docker compose` by `make test-containers`; without it nothing here is
collected. ``COMPOSE_BUILD=no`` uses the image that is there.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx2
import pytest
import redshift_connector
import snowflake.connector

from dw_simulator.stack.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = shlex.split(os.environ.get("COMPOSE", ""))

if not COMPOSE:
    collect_ignore = ["test_stack.py"]

SERVICES = (
    "data-loader-utility",
    "local-redshift-mock",
    "local-redshift-postgres",
    "local-s3-staging",
    "local-snowflake-emulator",
    "synthetic-data-generator",
)
START_SECONDS = 300


@dataclass(frozen=True)
class Composed:
    """A running project, seen from this machine."""

    project: str
    ports: dict[str, int]
    home: Path
    seconds_to_healthy: float

    def compose(self, *arguments: str, check: bool = True) -> str:
        """Run the compose command on this project; its output."""
        return compose(self.project, self.ports, *arguments, check=check)

    def containers(self) -> dict[str, dict[str, Any]]:
        """What the engine says of each container, by service."""
        lines = self.compose("ps", "--all", "--format", "json").splitlines()
        found = [json.loads(line) for line in lines if line.startswith(("{", "["))]
        flat = [item for entry in found for item in (entry if isinstance(entry, list) else [entry])]
        return {item["Service"]: item for item in flat}

    def wait_healthy(self) -> None:
        self.compose("up", "--detach", "--no-build", "--wait", "--wait-timeout", str(START_SECONDS))

    @property
    def api(self) -> httpx2.Client:
        return httpx2.Client(base_url=f"http://127.0.0.1:{self.ports['api']}", timeout=120)

    def redshift(self, sql: str) -> list[Any]:
        arguments = {"host": "127.0.0.1", "port": self.ports["redshift"], "database": "dev"}
        with (
            closing(
                redshift_connector.connect(**arguments, user="awsuser", password="mockpass", ssl=False)
            ) as connection,
            closing(connection.cursor()) as cursor,
        ):
            connection.autocommit = True
            cursor.execute(sql)
            return [list(row) for row in cursor.fetchall()] if cursor.description else []

    def snowflake(self, *statements: str) -> list[Any]:
        with closing(
            snowflake.connector.connect(
                host="127.0.0.1",
                port=self.ports["snowflake"],
                protocol="http",
                account="local",
                enable_server_session_keep_alive_auto_detection=False,
                user="mockuser",
                password="mockpass",
            )
        ) as connection:
            for sql in statements:
                rows = connection.cursor().execute(sql).fetchall()
            return [list(row) for row in rows]

    @property
    def s3(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.ports['s3']}",
            aws_access_key_id="mockuser",
            aws_secret_access_key="mockpass",
            region_name="us-east-1",
        )

    def dw_sim(self, *arguments: str) -> str:
        """The command on this machine, with a home of its own, against the published ports."""
        variables = {f"DW_SIMULATOR_{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        return run(
            [sys.executable, "-m", "dw_simulator", *arguments],
            {**os.environ, **variables, "DW_SIMULATOR_HOME": str(self.home), "DW_SIMULATOR_CONFIG_DIR": str(self.home)},
        )


def run(command: list[str], environment: dict[str, str], *, check: bool = True) -> str:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{shlex.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def compose(project: str, ports: dict[str, int], *arguments: str, check: bool = True) -> str:
    published = {f"PUBLISH_{name.upper()}_PORT": str(port) for name, port in ports.items()}
    command = [*COMPOSE, "--project-directory", str(ROOT), "--project-name", project, *arguments]
    return run(command, {**os.environ, **published}, check=check)


def _require_engine() -> None:
    """Say what is missing instead of failing somewhere later."""
    for arguments, missing in (
        (["version"], "there is no compose command {0!r}: install Docker with its compose plugin, or set COMPOSE"),
        (["ls"], "{0!r} reaches no container engine: start it, or set DOCKER_HOST"),
    ):
        try:
            done = subprocess.run([*COMPOSE, *arguments], capture_output=True, text=True, check=False)
        except FileNotFoundError:
            pytest.exit(missing.format(shlex.join(COMPOSE)), returncode=2)
        if done.returncode != 0:
            pytest.exit(f"{missing.format(shlex.join(COMPOSE))} ({done.stderr.strip()})", returncode=2)


@pytest.fixture(scope="session")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """The stack, from nothing: no container and no volume of the project is there before."""
    _require_engine()
    project = f"dw-simulator-test-{os.getpid()}"
    ports = {name: free_port("127.0.0.1") for name in ("s3", "snowflake", "redshift", "api")}
    if os.environ.get("COMPOSE_BUILD") != "no":
        compose(project, ports, "build")
    try:
        began = time.monotonic()
        compose(project, ports, "up", "--detach", "--no-build", "--wait", "--wait-timeout", str(START_SECONDS))
        seconds = time.monotonic() - began
        yield Composed(project, ports, tmp_path_factory.mktemp("host"), seconds)
    except AssertionError:
        sys.stderr.write(compose(project, ports, "logs", "--tail", "40", check=False))
        raise
    finally:
        compose(project, ports, "down", "--volumes", "--timeout", "20", check=False)
