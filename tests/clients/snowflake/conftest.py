"""A Snowflake and an S3 service in processes of their own, for both generations of the Python driver."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dw_simulator.serving.certificates import create
from dw_simulator.staging import ObjectStore

BUCKET = "snowflake-tests"
ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).parent

SERVE = """
import asyncio, importlib, json, pathlib, sys
import uvloop
from dw_simulator.config.settings import Settings
name, home, s3_port = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
settings = Settings(home=home, **json.loads(sys.argv[4]))
settings.snowflake.port = settings.s3.port = 0
if name == "snowflake":
    settings.s3.port = s3_port
server = importlib.import_module(f"dw_simulator.emulators.{name}.server")
uvloop.run(server.serve(settings, ready=lambda host, port: print(port, flush=True)))
"""


class Services(NamedTuple):
    snowflake: int
    s3: int


class Service:
    """One service as a child process; ``port`` is where it listens."""

    def __init__(self, name: str, home: Path, s3_port: int = 0, changes: dict[str, Any] | None = None) -> None:
        arguments = [sys.executable, "-c", SERVE, name, str(home), str(s3_port), json.dumps(changes or {})]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture(scope="session")
def start_service() -> type[Service]:
    """``start_service("snowflake", home)`` starts a service of the test's own."""
    return Service


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    home = tmp_path_factory.mktemp("snowflake-clients")
    s3 = Service("s3", home)
    fill(ObjectStore.connect(f"http://127.0.0.1:{s3.port}", "mockuser", "mockpass", "us-east-1"))
    snowflake = Service("snowflake", home, s3.port, {"snowflake": {"python": _python_with_snowpark()}})
    yield Services(snowflake.port, s3.port)
    snowflake.stop()
    s3.stop()


@pytest.fixture(scope="session")
def tls_services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Services, Path]]:
    """The same over TLS, with the CA's file: Snowflake reads S3 over it as well."""
    place = create(tmp_path_factory.mktemp("certificates"))
    home = tmp_path_factory.mktemp("snowflake-tls")
    tls: dict[str, Any] = {"tls": {"enabled": True, "folder": str(place.folder)}}
    s3 = Service("s3", home, changes=tls)
    url = f"https://127.0.0.1:{s3.port}"
    fill(ObjectStore.connect(url, "mockuser", "mockpass", "us-east-1", ca_file=place.ca))
    snowflake = Service("snowflake", home, s3.port, {**tls, "snowflake": {"python": _python_with_snowpark()}})
    yield Services(snowflake.port, s3.port), place.ca
    snowflake.stop()
    s3.stop()


def fill(store: ObjectStore) -> None:
    """The objects that the scenarios load."""
    store.create_bucket(BUCKET)
    for index in range(3):
        ids = pa.array(range(index * 10000, (index + 1) * 10000), pa.int64())
        table = pa.table(
            {
                "id": ids,
                "name": pa.array([f"name {number % 7}" for number in range(10000)]).dictionary_encode(),
                "amount": ids.cast(pa.decimal128(19, 0)).cast(pa.decimal128(21, 2)),
                "at": ids.cast(pa.timestamp("s")).cast(pa.timestamp("us")),
                "zoned": ids.cast(pa.timestamp("s")).cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC")),
            }
        )
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        store.write(BUCKET, f"parquet/batch-{index}.parquet", sink.getvalue())
    store.write(BUCKET, "csv/good.csv", b"id,name\n1,x\n2,y\n")
    store.write(BUCKET, "csv/bad.csv", b"id,name\n3,x\nzzz,y\n4,z\n")
    store.close()


def _python(environment: str) -> Path:
    return Path(sys.executable) if environment == "main" else _made("client-venvs", environment) / "bin" / "python"


def _made(script: str, environment: str) -> Path:
    """The folder of a client environment; skips the test when it cannot be made."""
    made = subprocess.run([sys.executable, ROOT / "scripts" / script, environment], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"the environment {environment} cannot be made: {made.stderr.strip().splitlines()[-1]}")
    return Path(made.stdout.strip())


def _python_with_snowpark() -> str | None:
    """The interpreter for handlers of the server; None where there is no client environment."""
    script = [sys.executable, ROOT / "scripts" / "client-venvs", "snowflake4"]
    made = subprocess.run(script, capture_output=True, text=True)
    return str(Path(made.stdout.strip()) / "bin" / "python") if made.returncode == 0 else None


@pytest.fixture(scope="session")
def python_of() -> Any:
    """``python_of("snowflake4")``: the interpreter of a client environment; "main" is this one."""
    return _python


Outcomes = dict[str, str | None]


@pytest.fixture(scope="session")
def outcomes(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """``outcomes("scenarios.py", "snowflake4")`` runs a program once; gives scenario -> traceback or None."""
    known: dict[tuple[str, str], Outcomes] = {}

    def of(program: str, environment: str) -> Outcomes:
        if (program, environment) not in known:
            folder = tmp_path_factory.mktemp(environment)
            known[program, environment] = run_scenarios(environment, services, folder, program=program)
        return known[program, environment]

    return of


@pytest.fixture(scope="session")
def run_some() -> Any:
    """:func:`run_scenarios`."""
    return run_scenarios


def run_scenarios(
    environment: str,
    services: Services,
    folder: Path,
    names: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
    variables: Mapping[str, str] | None = None,
    program: str = "scenarios.py",
) -> Outcomes:
    """Scenario -> traceback or None. ``options`` go to each connection of a program that has ``variables`` too."""
    ports = [str(services.snowflake), str(services.s3)]
    given = {**os.environ, **(variables or {}), "SCENARIO_OPTIONS": json.dumps(options or {})}
    if environment.startswith("node-"):
        made = _made("client-node", environment.removeprefix("node-"))
        given["NODE_PATH"] = str(made / "node_modules")
        interpreter = [str(made / "node")]
    else:
        interpreter = [str(_python(environment)), "-W", "ignore"]
    command = [*interpreter, str(HERE / program), *ports, str(folder), *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, env=given)
    assert done.returncode == 0, done.stderr
    found: Outcomes = json.loads(done.stdout.splitlines()[-1])
    return found
