"""`dw-sim dbt run`: the dbt that is installed, told where the emulators are."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from dw_simulator.errors import NotFound, ServiceUnavailable
from dw_simulator.experiments.dbt.profiles import (
    DEFAULT_DATABASE,
    PROFILES_FILE,
    TARGET_VARIABLE,
    environment,
    output_of,
    profiles_text,
)
from dw_simulator.schema import Warehouse
from dw_simulator.schema.checks.names import PLAIN_ASCII
from dw_simulator.schema.importers import read_text
from dw_simulator.schema.importers.dbt.nodes import has_jinja
from dw_simulator.schema.importers.dbt.project import project_settings
from dw_simulator.schema.importers.yaml_ import load_yaml

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

DEFAULT_ARGUMENTS = ("build",)
OFFLINE = frozenset(("parse", "deps", "clean", "list", "ls", "init", "debug", "--version", "--help", "-h"))
"""What dbt does without a warehouse; `debug` tells itself what is wrong."""

STOPPING_SECONDS = 20
"""How long dbt may take to cancel its queries once it is told to stop."""


@dataclass(frozen=True, slots=True)
class Call:
    """dbt with its arguments and what is added to its environment. ``database``: Snowflake's, to be made before."""

    arguments: tuple[str, ...]
    variables: Mapping[str, str]
    database: str | None


def find_dbt(given: str | None = None) -> str:
    """The dbt to run: the one given, that of this Python environment, or that of the PATH. Raises NotFound."""
    beside = Path(sys.executable).with_name("dbt")
    found = shutil.which(given) if given else (str(beside) if beside.is_file() else shutil.which("dbt"))
    if found is None:
        raise NotFound(
            f"there is no program {given}" if given else "dbt is not installed",
            hint="install it with `pip install dbt-redshift dbt-snowflake`, or say where it is: --dbt PROGRAM",
        )
    return found


@contextlib.contextmanager
def prepared(
    program: str, project: Path, arguments: Sequence[str], settings: Settings, target: Warehouse | None
) -> Iterator[Call]:
    """What to run. A project without a profile of its own gets one for as long as the block runs.

    Raises:
        NotFound, ImportSchemaError: ``project`` is no dbt project, or its ``profiles.yml`` cannot be read.
        ServiceUnavailable: the emulator that dbt is to connect to does not answer.
    """
    given = project_settings(project)
    profile = str(given.get("profile") or given["name"])
    words = tuple(arguments) or DEFAULT_ARGUMENTS
    if words[0].startswith("-") and words[0] not in OFFLINE:
        words = (*DEFAULT_ARGUMENTS, *words)
    with contextlib.ExitStack() as opened:
        folder = project
        if not (project / PROFILES_FILE).is_file():
            folder = Path(opened.enter_context(TemporaryDirectory(prefix="dw-sim-dbt-")))
            database = settings.snowflake.database or DEFAULT_DATABASE
            text = profiles_text(profile, settings, target=target or Warehouse.REDSHIFT, database=database)
            (folder / PROFILES_FILE).write_text(text, encoding="utf-8")
        output_name, output = _output(folder / PROFILES_FILE, profile, target)
        variables = environment(settings) | ({TARGET_VARIABLE: target.value} if target else {})
        where = ("--project-dir", str(project), "--profiles-dir", str(folder))
        chosen = ("--target", output_name) if target and output_name else ()
        kind = _warehouse(output)
        if kind is not None and words[0] not in OFFLINE:
            _answers(settings, kind)
        local = settings.is_local(settings.snowflake.host)
        to_make = _database(output) if local and words[0] not in OFFLINE else None
        yield Call((program, *words, *where, *chosen), variables, to_make)


def _output(path: Path, profile: str, target: Warehouse | None) -> tuple[str | None, Mapping[str, Any]]:
    """The output that dbt will take, and what is known of it: nothing where only dbt can tell."""
    document = load_yaml(read_text(path))
    if target is None:
        variable = os.environ.get(TARGET_VARIABLE)
        found = output_of(document, profile, variable) or output_of(
            document, profile, _default_target(document, profile)
        )
    else:
        found = output_of(document, profile, target.value) or _of_type(document, profile, target)
        if found is None:
            raise NotFound(
                f"{path} has no output of type {target} in profile {profile!r}",
                hint="dw-sim dbt init --force writes one for both warehouses",
            )
    return found if found is not None else (None, {})


def _default_target(document: object, profile: str) -> str | None:
    body = document.get(profile) if isinstance(document, Mapping) else None
    return plain_text(body.get("target")) if isinstance(body, Mapping) else None


def _of_type(document: object, profile: str, kind: Warehouse) -> tuple[str, Mapping[str, Any]] | None:
    body = document.get(profile) if isinstance(document, Mapping) else None
    outputs = body.get("outputs") if isinstance(body, Mapping) else None
    for name, output in outputs.items() if isinstance(outputs, Mapping) else ():
        if isinstance(output, Mapping) and output.get("type") == kind.value:
            return str(name), output
    return None


def _warehouse(output: Mapping[str, Any]) -> Warehouse | None:
    kind = output.get("type")
    return Warehouse(kind) if kind in (Warehouse.REDSHIFT.value, Warehouse.SNOWFLAKE.value) else None


def _database(output: Mapping[str, Any]) -> str | None:
    name = plain_text(output.get("database")) if _warehouse(output) is Warehouse.SNOWFLAKE else None
    return name if name and PLAIN_ASCII.fullmatch(name) else None


_ENV_VAR = re.compile(r"\s*\{\{\s*env_var\(\s*'([^']+)'\s*(?:,\s*'([^']*)'\s*)?\)\s*\}\}\s*")


def plain_text(value: object) -> str | None:
    """A value of a profile as dbt will render it, where it is plain or one ``env_var``; None for other Jinja."""
    if not isinstance(value, str):
        return None
    if match := _ENV_VAR.fullmatch(value):
        return os.environ.get(match.group(1), match.group(2))
    return None if has_jinja(value) else value


def _answers(settings: Settings, kind: Warehouse) -> None:
    """Say now, in one sentence, what dbt would say after its start in twenty lines."""
    redshift = ("", settings.redshift.host, settings.redshift.port)
    _, host, port = settings.snowflake.endpoint if kind is Warehouse.SNOWFLAKE else redshift
    if not settings.is_local(host):
        return
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError as error:
        raise ServiceUnavailable(kind.value, f"{host}:{port}", reason=error.strerror or str(error)) from error


def run_dbt(call: Call) -> int:
    """Run dbt and return its exit code. When this process is told to stop, dbt is, too, and may cancel its queries."""
    process = subprocess.Popen(call.arguments, env={**os.environ, **call.variables})
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
