"""The JSON form: the model itself, as ``dw-sim schema json-schema`` describes it; or dbt's ``manifest.json``."""

from __future__ import annotations

import json
from typing import Any

from dw_simulator.errors import ImportSchemaError, Problem
from dw_simulator.schema.importers.dbt.nodes import DbtOptions
from dw_simulator.schema.importers.document import Places, experiment_from
from dw_simulator.schema.model import Experiment


def read_json(
    text: str, *, name: str | None = None, default_name: str | None = None, dbt: DbtOptions | None = None
) -> Experiment:
    """Read an experiment from JSON text.

    ``name`` replaces the name in the text; ``default_name`` is used where the text has none.

    Raises:
        ImportSchemaError: not JSON, or not a schema; with every problem, its path, line and column.
    """
    try:
        data = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ImportSchemaError(
            Problem(f"not JSON: {error.msg}", line=error.lineno, column=error.colno, construct="JSON")
        ) from None
    except RecursionError:
        raise ImportSchemaError("not a schema: nested too deeply") from None
    return experiment_from(data, Places(text), name=name, default_name=default_name, dbt=dbt)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ImportSchemaError(Problem(f"key {name!r} is there twice in one object", construct="JSON"))
        found[name] = value
    return found


def _no_constant(name: str) -> object:
    raise ImportSchemaError(Problem(f"{name} is not a JSON number", construct="JSON"))
