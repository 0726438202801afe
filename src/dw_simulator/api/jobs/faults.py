"""The errors of jobs as they are kept and answered."""

from __future__ import annotations

import traceback
from typing import Any

from dw_simulator.api.problems import problem_of, unexpected_document
from dw_simulator.errors import DwSimulatorError, GenerationCancelled, LoadCancelled, QueryCancelled
from dw_simulator.experiments import TRACEBACK_CHARACTERS


def document_of(error: BaseException) -> dict[str, Any]:
    """The problem document of an error, as JSON."""
    made = problem_of(error) if isinstance(error, DwSimulatorError) else unexpected_document(error)
    return made.model_dump(mode="json", exclude_none=True)


def trace_of(error: BaseException) -> str | None:
    """The end of the traceback; None for who was stopped on request."""
    if is_cancellation(error):
        return None
    return "".join(traceback.format_exception(error))[-TRACEBACK_CHARACTERS:]


def is_cancellation(error: BaseException) -> bool:
    return isinstance(error, GenerationCancelled | LoadCancelled | QueryCancelled)
