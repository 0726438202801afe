"""Trying the connections that the settings describe, as the commands make them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from dw_simulator.config.checks import Check
from dw_simulator.errors import DwSimulatorError

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings


def check_connections(settings: Settings) -> list[Check]:
    """Log in to each service: list the staging bucket, run a statement in each warehouse."""
    return [
        _tried("connection to s3", lambda: _s3(settings)),
        _tried("connection to redshift", lambda: _warehouse(settings, "redshift", "select version()")),
        _tried("connection to snowflake", lambda: _warehouse(settings, "snowflake", "select current_version()")),
    ]


def _tried(name: str, probe: Callable[[], str]) -> Check:
    began = time.perf_counter()
    try:
        said = probe()
    except DwSimulatorError as error:
        return Check(name, "error", f"{error.message} ({error.hint})" if error.hint else error.message)
    return Check(name, "ok", f"{said} ({(time.perf_counter() - began) * 1000:.0f} ms)")


def _s3(settings: Settings) -> str:
    from dw_simulator.staging import connect_stage

    stage = connect_stage(settings)
    try:
        there = stage.has_bucket()
    finally:
        stage.close()
    return f"bucket {stage.bucket} " + ("is there" if there else "is not there yet; the first generation makes it")


def _warehouse(settings: Settings, name: str, sql: str) -> str:
    from dw_simulator.schema import Warehouse
    from dw_simulator.warehouses import connect

    adapter = connect(Warehouse(name), settings)
    try:
        result = adapter.query(sql, None)
        return str(next(iter(result.batches)).column(0)[0].as_py())
    finally:
        adapter.close()
