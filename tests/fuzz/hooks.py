"""What schemathesis does with our API besides what the OpenAPI document tells it.

Random names find nothing: half of the requests get the names of things that are there, so that they come past "not
found". Numbers of rows are cut, because a document may not forbid large ones. `SCHEMATHESIS_HOOKS=tests.fuzz.hooks`
loads this module, `DW_SIMULATOR_FUZZ_KNOWN` has the names.
"""

from __future__ import annotations

import json
import os
from typing import Any

import schemathesis

KNOWN: dict[str, list[Any]] = json.loads(os.environ.get("DW_SIMULATOR_FUZZ_KNOWN", "{}"))
"""By name of a parameter or of a body's field: values that are there."""

MOST_ROWS = 2_000
ROWS = frozenset({"rows", "target_rows"})
"""Fields that say how many rows to make."""


def with_known(context: Any, given: Any) -> Any:
    """A copy in which every other value, by its own hash, is one that is there. Nothing of it is deleted."""
    if not isinstance(given, dict) or context.operation.method.upper() == "DELETE":
        return given
    found = dict(given)
    for name, value in given.items():
        choices = KNOWN.get(name)
        number = hash(repr(value))
        if choices and number % 2:
            found[name] = choices[number // 2 % len(choices)]
    return found


def with_few_rows(part: Any, *, counted: bool = False) -> Any:
    if isinstance(part, dict):
        return {name: with_few_rows(value, counted=counted or name in ROWS) for name, value in part.items()}
    if isinstance(part, list):
        return [with_few_rows(value, counted=counted) for value in part]
    is_number = isinstance(part, int | float) and not isinstance(part, bool)
    return min(part, MOST_ROWS) if counted and is_number else part


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    return with_known(context, path_parameters)


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    return with_known(context, query)


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    return with_few_rows(with_known(context, body))
