"""Plain data (from JSON or YAML) -> Experiment, with errors that a person can act on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from dw_simulator.errors import Problem, SchemaError
from dw_simulator.schema import model
from dw_simulator.schema.defects import DEFECTS
from dw_simulator.schema.distributions import DISTRIBUTIONS, Burst, BusinessHours, Case, MixtureComponent
from dw_simulator.schema.history import Cdc, History, Operations
from dw_simulator.schema.model import TYPE_ALIASES, DataType, Dialect, Experiment, Warehouse
from dw_simulator.schema.rules import After, Correlation, FanOut, Growth, Hierarchy, Lookup, Rollup
from dw_simulator.schema.suggest import did_you_mean

Location = tuple[int | str, ...]
"""Where a value is in the data: keys and list indexes from the top."""

_MODELS: dict[str, type[BaseModel]] = {
    "tables": model.Table,
    "columns": model.Column,
    "foreign_key": model.ForeignKey,
    "foreign_keys": model.CompositeForeignKey,
    "identity": model.Identity,
    "sort_key": model.SortKey,
    "correlations": Correlation,
    "after": After,
    "document": model.DocumentField,
    "array": model.ArraySize,
    "fan_out": FanOut,
    "growth": Growth,
    "history": History,
    "cdc": Cdc,
    "operations": Operations,
    "hierarchy": Hierarchy,
    "rollup": Rollup,
    "lookups": Lookup,
    "cases": Case,
    "business_hours": BusinessHours,
    "bursts": Burst,
    "components": MixtureComponent,
}
"""The model that a key holds (or holds a list of)."""


_NAMED_SETS: dict[str, tuple[str, Sequence[str]]] = {
    "data_type": ("type", [str(kind) for kind in DataType]),
    "dialect": ("dialect", [str(dialect) for dialect in Dialect]),
    "target_warehouse": ("warehouse", [str(warehouse) for warehouse in Warehouse]),
}

FOREIGN_TYPES = {
    "NUMBER": "DECIMAL(38,0)",
    "REAL": "FLOAT",
    "DOUBLE PRECISION": "FLOAT",
    "FLOAT4": "FLOAT",
    "FLOAT8": "FLOAT",
    "INT2": "SMALLINT",
    "INT4": "INT",
    "INT8": "BIGINT",
    "TINYINT": "SMALLINT",
    "OBJECT": "JSON",
    "ARRAY": "JSON",
    "JSONB": "JSON",
    "TIMESTAMP_NTZ": "TIMESTAMP",
    "TIMESTAMP_LTZ": "TIMESTAMP_TZ",
    "NVARCHAR": "VARCHAR",
    "BPCHAR": "VARCHAR",
    "UUID": "VARCHAR(36)",
}
"""Type names of SQL dialects, and what to write in a schema instead."""


def parse_experiment(data: object) -> Experiment:
    """Read an experiment from plain data (dicts, lists, texts, numbers).

    Raises:
        SchemaError: with every problem: path, value, what is allowed. Rules across columns and tables are not checked
            here; see :func:`dw_simulator.schema.validation.check`.
    """
    try:
        return Experiment.model_validate(data)
    except ValidationError as error:
        raise SchemaError([problem for problem, _ in located_problems(error, data)]) from None


def located_problems(error: ValidationError, data: object) -> list[tuple[Problem, Location]]:
    """The problems of a validation with their places. A union that fails in every branch is one problem."""
    found: dict[tuple[Location, str], tuple[Problem, Location]] = {}
    for detail in error.errors(include_url=False):
        location, branch = _split_branches(tuple(detail["loc"]), data)
        kind = str(detail["type"])
        key = (location, "union" if branch else kind)
        if key not in found:
            found[key] = (_problem(detail, location, branch, data), location)
    return list(found.values())


def _split_branches(location: Location, data: object) -> tuple[Location, bool]:
    """Drop what pydantic adds to a location for the branch of a union; say whether a plain union was met."""
    kept: list[int | str] = []
    current = data
    untagged = True
    for step in location:
        wears_tag = isinstance(current, Mapping) and current.get("type") == step
        if untagged and wears_tag and kept and kept[-1] in ("distribution", "otherwise"):
            untagged = False  # once: a beta distribution has a parameter beta
            continue
        untagged = True
        if _is_kind_of_defect(kept, current, step):
            continue
        if isinstance(current, Mapping):
            kept.append(step)
            current = current.get(step)
        elif isinstance(current, list) and isinstance(step, int):
            kept.append(step)
            current = current[step] if step < len(current) else None
        else:
            return tuple(kept), True
    return tuple(kept), False


def _is_kind_of_defect(kept: list[int | str], current: object, step: int | str) -> bool:
    """Whether the step is the kind of a defect, which pydantic puts between the defect and its key."""
    kind = current.get("kind") if isinstance(current, Mapping) else step
    return len(kept) > 1 and kept[-2] == "defects" and (kind or "null") == step


def value_at(data: object, location: Location) -> object:
    """The value at a location; None where there is none."""
    current: object = data
    for step in location:
        if isinstance(current, Mapping):
            current = current.get(step)
        elif isinstance(current, list) and isinstance(step, int) and step < len(current):
            current = current[step]
        else:
            return None
    return current


def path_text(data: object, location: Location) -> str:
    """``tables.orders.columns.total.max_value``: list items by their name, where they have one."""
    parts: list[str] = []
    current: object = data
    for step in location:
        current = value_at(current, (step,))
        name = current.get("name") if isinstance(current, Mapping) and isinstance(step, int) else None
        parts.append(name if isinstance(name, str) and name else str(step))
    return ".".join(parts)


# --- messages ---------------------------------------------------------------------------------------
def _problem(detail: Any, location: Location, branch: bool, data: object) -> Problem:
    path = path_text(data, location)
    value = detail.get("input")
    writer = _WRITERS.get(detail["type"])
    if branch and len(location) and location[-1] in ("min_value", "max_value"):
        return Problem(f"{_shown(value)} is not a number", path=path)
    if writer is not None:
        message, hint = writer(detail, location, value)
        return Problem(message, path=path, hint=hint)
    text = str(detail["msg"])
    return Problem(f"{text[0].lower()}{text[1:]}, got {_shown(value)}", path=path)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _missing(_: Any, location: Location, value: object) -> tuple[str, str | None]:
    given = ", ".join(str(key) for key in value) if isinstance(value, Mapping) else ""
    return f"{location[-1]!r} is missing", f"given are: {given}" if given else None


def _unknown_key(detail: Any, location: Location, _: object) -> tuple[str, str | None]:
    known = list(model_at(tuple(detail["loc"])[:-1]).model_fields)
    return f"unknown key {location[-1]!r}", did_you_mean(str(location[-1]), known, "keys here are")


def _not_in_set(detail: Any, location: Location, value: object) -> tuple[str, str | None]:
    key = next((str(step) for step in reversed(location) if isinstance(step, str)), "")
    title, allowed = _NAMED_SETS.get(key, (key, []))
    if not allowed:
        return f"{_shown(value)} is not allowed", f"allowed: {detail['ctx']['expected']}"
    text = str(value)
    name = text.partition("(")[0].strip().upper()
    if key == "data_type" and name in FOREIGN_TYPES:
        return f"unknown type {text!r}", f"write {FOREIGN_TYPES[name]}; types are: {', '.join(allowed)}"
    if key == "data_type" and (name in allowed or name in TYPE_ALIASES):
        return f"type {text!r} is not written right", "for example DECIMAL(10,2), VARCHAR(30), INT"
    return f"unknown {title} {text!r}", did_you_mean(name if key == "data_type" else text, allowed, f"{title}s are")


def _unknown_tag(detail: Any, _: Location, __: object) -> tuple[str, str | None]:
    tag = detail["ctx"].get("tag")
    if detail["ctx"]["discriminator"] == "'kind'":
        if tag is None:
            return "the defect has no 'kind'", f"kinds are: {', '.join(DEFECTS)}"
        return f"unknown defect {tag!r}", did_you_mean(str(tag), DEFECTS, "defects are")
    if tag is None:
        return "the distribution has no 'type'", f"types are: {', '.join(DISTRIBUTIONS)}"
    possible = re.findall(r"'(\w+)'", str(detail["ctx"].get("expected_tags", "")))
    if tag in DISTRIBUTIONS:
        return f"a distribution {tag!r} cannot stand here", f"possible are: {', '.join(possible)}"
    return f"unknown distribution {tag!r}", did_you_mean(str(tag), possible or DISTRIBUTIONS, "distributions are")


def _own_message(detail: Any, _: Location, __: object) -> tuple[str, str | None]:
    return str(detail["ctx"]["error"]), None


def _too_few(detail: Any, location: Location, _: object) -> tuple[str, str | None]:
    least = detail["ctx"]["min_length"]
    return f"{location[-1]} has {detail['ctx']['actual_length']} items; at least {least} are needed", None


def _wrong_kind(wanted: str) -> Callable[[Any, Location, object], tuple[str, str | None]]:
    def write(_: Any, __: Location, value: object) -> tuple[str, str | None]:
        return f"{_shown(value)} is not {wanted}", None

    return write


_WRITERS: dict[str, Callable[[Any, Location, object], tuple[str, str | None]]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "enum": _not_in_set,
    "literal_error": _not_in_set,
    "union_tag_invalid": _unknown_tag,
    "union_tag_not_found": _unknown_tag,
    "value_error": _own_message,
    "too_short": _too_few,
    "bool_type": _wrong_kind("true or false"),
    "int_type": _wrong_kind("a whole number"),
    "int_from_float": _wrong_kind("a whole number"),
    "float_type": _wrong_kind("a number"),
    "string_type": _wrong_kind("a text"),
    "list_type": _wrong_kind("a list"),
    "model_type": _wrong_kind("an object with keys"),
    "model_attributes_type": _wrong_kind("an object with keys"),
    "finite_number": _wrong_kind("a finite number"),
}


def model_at(location: Location) -> type[BaseModel]:
    """The model that describes the object at a location, as pydantic gives it: with the type of a distribution."""
    keys = [step for step in location if isinstance(step, str)]
    if not keys:
        return Experiment
    if keys[-1] in DISTRIBUTIONS and len(keys) > 1:
        return DISTRIBUTIONS[keys[-1]]
    if keys[-1] in DEFECTS and "defects" in keys:
        return DEFECTS[keys[-1]]
    return _MODELS.get(keys[-1], Experiment)
