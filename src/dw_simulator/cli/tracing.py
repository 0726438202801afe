"""The root span of a command."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from dw_simulator.cli import diagnostics
from dw_simulator.cli.context import invocation
from dw_simulator.errors import DwSimulatorError
from dw_simulator.observability import tracing

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings


@contextlib.contextmanager
def command_span(context: typer.Context, settings: Settings) -> Iterator[None]:
    """A span around what the command does; TRACEPARENT in the environment makes it part of the caller's trace.

    https://opentelemetry.io/docs/specs/otel/context/env-carriers/

    Raises:
        ConfigError: tracing is wanted and the extra for it is not installed.
    """
    problems: list[str] = []
    chosen = settings.tracing
    tracing.set_up_tracing("cli", endpoint=chosen.endpoint, sample_ratio=chosen.sample_ratio, warn=problems.append)
    parent = tracing.remote_parent(os.environ.get("TRACEPARENT"), os.environ.get("TRACESTATE", ""))
    began = invocation(context).began
    try:
        with tracing.span(context.command_path, parent=parent, started=began) as span:
            code = diagnostics.EXIT_FAILED
            try:
                yield
                code = 0
            except DwSimulatorError as error:
                code = error.exit_code
                raise
            except KeyboardInterrupt:
                code = diagnostics.EXIT_INTERRUPTED
                raise
            finally:
                span.set({"process.exit.code": code})
    finally:
        tracing.shut_down_tracing()
        diagnostics.warn_all(problems)
