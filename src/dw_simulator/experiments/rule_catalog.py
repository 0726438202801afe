"""Every family of columns and every rule with its parameters, for forms: taken from the models, so none is missing.

``parameters`` of a rule are the JSON Schema of what a schema holds under its ``key``, with all references resolved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

from dw_simulator.errors import SchemaError
from dw_simulator.experiments.queries.kinds import ColumnKind
from dw_simulator.experiments.schemas import DEFAULT_SEED
from dw_simulator.schema import Experiment
from dw_simulator.schema.checks.rules import DISTRIBUTION_TYPES, RULE_TYPES, type_text
from dw_simulator.schema.model import Column, DataType, Table
from dw_simulator.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from dw_simulator.warehouses.base import ResultColumn

Place = Literal["column", "table"]

NO_RULES: dict[Place, frozenset[str]] = {
    "column": frozenset({
        "name", "data_type", "precision", "scale", "varchar_length", "physical_type", "quoted", "default", "encode",
        "comment",
    }),
    "table": frozenset({
        "name", "quoted", "columns", "warnings", "dist_style", "dist_key", "sort_key", "cluster_by", "transient",
        "comment",
    }),
}  # fmt: skip
"""Keys that say what a column or table is in a warehouse, not what it holds."""

_GROUPS = {
    "faker_rule": "Texts", "locale": "Texts", "document": "Documents", "expression": "From other columns",
    "after": "From other columns", "rollup": "From other columns", "lookups": "From other columns",
    "correlations": "From other columns", "foreign_key": "Keys", "foreign_keys": "Keys", "identity": "Keys",
    "is_unique": "Keys", "primary_key": "Keys", "unique_keys": "Keys", "composite_keys": "Keys",
    "target_rows": "Rows", "growth": "Rows", "distribution": "Distributions", "history": "History",
    "cdc": "History",
}  # fmt: skip

_FITTING = {"after": frozenset(kind for kind in DataType if kind.is_temporal)}


@dataclass(frozen=True)
class RuleKind:
    """``tag`` and ``type``: the key by which a distribution or defect says what it is, and what it says there.
    ``data_types``: the columns it is for, None for all. ``many``: the key holds a list of such."""

    place: Place
    key: str
    tag: str | None
    type: str | None
    title: str
    group: str
    description: str
    data_types: list[DataType] | None
    many: bool
    parameters: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class TextRule:
    """A name that ``faker_rule`` may say. ``argument``: what follows it after a colon."""

    name: str
    description: str
    argument: str


@dataclass(frozen=True)
class ExpressionFunction:
    syntax: str
    description: str


@dataclass(frozen=True)
class RuleCatalog:
    rules: list[RuleKind]
    texts: list[TextRule]
    functions: list[ExpressionFunction]


def rule_catalog() -> RuleCatalog:
    """All that forms offer."""
    from dw_simulator.generator import catalog
    from dw_simulator.schema.expressions import FUNCTIONS

    texts = [TextRule(rule.name, rule.description, rule.takes_argument) for rule, _ in catalog.rules()]
    functions = [ExpressionFunction(one.syntax, one.description) for one in FUNCTIONS.values()]
    return RuleCatalog([*_rules("column", Column), *_rules("table", Table)], texts, functions)


class _Models:
    """The JSON Schema of a model and of those inside of it, without references."""

    def __init__(self, kind: type[BaseModel]) -> None:
        schema = kind.model_json_schema()
        self._definitions = schema.pop("$defs", {})
        self._name = kind.__name__
        self.raw: dict[str, Any] = self._definitions[self._name] if "$ref" in schema else schema

    def of(self, name: str) -> dict[str, Any]:
        found = self.resolve(self._definitions[name], (self._name, name))
        assert isinstance(found, dict)
        return found

    def resolve(self, node: Any, above: tuple[str, ...] = ()) -> Any:
        """The node with what it refers to. A distribution inside of it is an object of one of ``types``, whose
        parameters are those of the rule of that name; what holds itself (documents) is any value at the second
        level."""
        if isinstance(node, list):
            return [self.resolve(one, above) for one in node]
        if not isinstance(node, dict):
            return node
        if "discriminator" in node:
            kept = {key: value for key, value in node.items() if key not in ("oneOf", "discriminator")}
            return {**kept, "type": "object", "types": sorted(node["discriminator"]["mapping"])}
        if "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            beside = {key: value for key, value in node.items() if key != "$ref"}
            inner = {} if name in above else self.resolve(self._definitions[name], (*above, name))
            return {**inner, **beside}
        return {key: self.resolve(value, above) for key, value in node.items()}


def _rules(place: Place, kind: type[BaseModel]) -> Iterator[RuleKind]:
    models = _Models(kind)
    for key, raw in models.raw["properties"].items():
        if key in NO_RULES[place]:
            continue
        value = _without_null(raw)
        union = value["items"] if value.get("type") == "array" else value
        if "discriminator" in union:
            yield from _variants(place, key, union["discriminator"], models, many=union is not value)
            continue
        described = models.resolve(raw, (kind.__name__,))
        parameters = _without_null(described)
        many = parameters.get("type") == "array" and parameters["items"].get("type") == "object" and key != "document"
        types = RULE_TYPES.get(key, _FITTING.get(key))
        yield RuleKind(
            place, key, None, None, _titled(key), _GROUPS.get(key, "Values"), _described(described, many),
            None if types is None else [one for one in DataType if one in types], many,
            parameters["items"] if many else parameters,
        )  # fmt: skip


def _variants(place: Place, key: str, union: dict[str, Any], models: _Models, *, many: bool) -> Iterator[RuleKind]:
    """One rule for each kind of what a key may hold: distributions, defects."""
    for name, reference in union["mapping"].items():
        described = models.of(reference.rpartition("/")[2])
        types = DISTRIBUTION_TYPES.get(name) if key == "distribution" else None
        yield RuleKind(
            place, key, union["propertyName"], name, _titled(name), _GROUPS.get(key, _titled(key)),
            _sentence(described), None if types is None else [one for one in DataType if one in types], many, described,
        )  # fmt: skip


def _titled(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _described(described: dict[str, Any], many: bool) -> str:
    """What the field says of itself, and what its model says."""
    models = [described.get("items", {})] if many else described.get("anyOf", [])
    texts = [_sentence(described), *(_sentence(one) for one in models)]
    return ". ".join(dict.fromkeys(text.removesuffix(".") for text in texts if text))


def _sentence(described: dict[str, Any]) -> str:
    return " ".join(str(described.get("description", "")).split())


def _without_null(described: dict[str, Any]) -> dict[str, Any]:
    """What may be null, without that: a form leaves it out instead."""
    kinds = [one for one in described.get("anyOf", []) if one.get("type") != "null"]
    if len(kinds) != 1:
        return {**described, "anyOf": kinds} if kinds else described
    kept = {key: value for key, value in described.items() if key != "anyOf"}
    return {**kinds[0], **kept}


# --- preview --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class RowsPreview:
    """The first rows that a table would get."""

    table: str
    total_rows: int
    columns: list[tuple[ResultColumn, ColumnKind]]
    rows: list[list[Any]]


def preview_rows(experiment: Experiment, table: str | None, limit: int, pools: Path) -> RowsPreview:
    """The first ``limit`` rows of a table (of the first one without a name), as a run with the default seed makes them.

    Raises:
        SchemaError: with every problem of the schema; there is no such table.
        GenerationError: a value cannot be computed.
    """
    from dw_simulator.experiments.queries.cells import kind_of_column, rows_of
    from dw_simulator.generator import build_plan
    from dw_simulator.warehouses.base import ResultColumn

    found = experiment.table(table) if table is not None else experiment.tables[0]
    if found is None:
        known = [one.name for one in experiment.tables]
        raise SchemaError(f"there is no table {table!r}", hint=did_you_mean(str(table), known, "the tables are"))
    seed = DEFAULT_SEED if experiment.seed is None else experiment.seed
    plan = build_plan(experiment, seed=seed, pools=pools).table(found.name)
    batch = plan.batch(0, min(limit, plan.rows))
    columns = [ResultColumn(column.name, type_text(column)) for column in found.columns]
    kinds = [
        ColumnKind.JSON
        if column.data_type is DataType.JSON
        else kind_of_column(shown, getattr(array.type, "value_type", array.type))
        for column, shown, array in zip(found.columns, columns, batch.columns, strict=True)
    ]
    return RowsPreview(found.name, plan.rows, list(zip(columns, kinds, strict=True)), rows_of(batch, kinds))
