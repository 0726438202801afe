"""Experiment -> text: what the readers of :mod:`.importers` read back."""

from __future__ import annotations

import json
from typing import Any

import yaml

from dw_simulator.schema.model import Experiment

_ALWAYS = {"name", "data_type", "type", "columns", "tables", "target_rows", "dialect", "target_warehouse", "values"}
"""Keys that are written even where they hold the default."""


def to_plain(experiment: Experiment) -> dict[str, Any]:
    """The experiment as plain data, without the keys that hold their defaults."""
    full = experiment.model_dump(mode="json", exclude_none=True)
    short = experiment.model_dump(mode="json", exclude_defaults=True)
    plain = _merge(full, short)
    return plain if isinstance(plain, dict) else {}


def _merge(full: Any, short: Any) -> Any:
    if isinstance(full, dict) and isinstance(short, dict):
        return {
            key: _merge(value, short.get(key, value)) for key, value in full.items() if key in short or key in _ALWAYS
        }
    if isinstance(full, list) and isinstance(short, list) and len(full) == len(short):
        return [_merge(one, other) for one, other in zip(full, short, strict=True)]
    return full


def to_json(experiment: Experiment) -> str:
    return json.dumps(to_plain(experiment), indent=2, ensure_ascii=False) + "\n"


def to_yaml(experiment: Experiment) -> str:
    return yaml.safe_dump(to_plain(experiment), sort_keys=False, allow_unicode=True, width=120)
