"""What JSON and YAML have in common: places in the text, and from plain data to an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml
from pydantic import ValidationError

from dw_simulator.errors import ImportSchemaError, Problem
from dw_simulator.schema.importers.dbt.assemble import from_nodes
from dw_simulator.schema.importers.dbt.manifest import is_manifest, read_manifest
from dw_simulator.schema.importers.dbt.nodes import Collected, DbtOptions
from dw_simulator.schema.importers.dbt.properties import is_properties, read_properties
from dw_simulator.schema.importers.entities import Found, Site, read_entities
from dw_simulator.schema.model import Experiment
from dw_simulator.schema.parse import Location, located_problems

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Places:
    """Finds lines and columns in a JSON or YAML text. The text is parsed for them only when someone asks."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._root: yaml.Node | None = None
        self._parsed = False

    def find(self, location: Location) -> tuple[int, int] | None:
        """(line, column), 1-based, of the deepest node on the way to ``location``; None if the text has no places.

        The place of a value in an object is that of its key.
        """
        node = self._node()
        place = _start(node) if node is not None else None
        for step in location:
            found = _child(node, step)
            if found is None:
                break
            marked, node = found
            place = _start(marked)
        return place

    def add_by_path(self, problem: Problem) -> Problem:
        """The problem with the place that its path means, such as ``tables.orders.columns.total``: list items by their
        name. As it is where it has a place, or the text none."""
        node, place = self._node(), None
        entities = _child(node, "tables") is None and _child(node, "schema") is not None
        for step in problem.path.split(".") if problem.line is None else ():
            step = _IN_ENTITIES.get(step, step) if entities else step
            found = _child(node, step) or _named_child(node, step)
            if found is None:
                break
            marked, node = found
            place = _start(marked)
        return replace(problem, line=place[0], column=place[1]) if place else problem

    def add_to(self, problem: Problem, location: Location) -> Problem:
        place = self.find(location)
        return replace(problem, line=place[0], column=place[1]) if place else problem

    def _node(self) -> yaml.Node | None:
        if not self._parsed:
            self._parsed = True
            try:
                self._root = yaml.compose(self._text, Loader=Loader)
            except (yaml.YAMLError, RecursionError):
                self._root = None  # JSON that is not YAML, as with tabs: then the path alone says the place
        return self._root


_IN_ENTITIES = {"tables": "schema", "columns": "fields"}
"""What the steps of a path are called where tables are entities."""


def _child(node: yaml.Node | None, step: int | str) -> tuple[yaml.Node, yaml.Node] | None:
    """(the node that carries the place, the value)"""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _named_child(node: yaml.Node | None, step: str) -> tuple[yaml.Node, yaml.Node] | None:
    """An item of a list, by its ``name`` in any case or by its index."""
    for index, item in enumerate(node.value if isinstance(node, yaml.SequenceNode) else ()):
        name = _child(item, "name")
        if str(index) == step or (name is not None and str(name[1].value).lower() == step.lower()):
            return item, item
    return None


def _start(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def experiment_from(
    data: object, places: Places, *, name: str | None, default_name: str | None, dbt: DbtOptions | None = None
) -> Experiment:
    """Plain data -> Experiment: the form of the model (``tables``), of entities (``schema``), or a document of dbt.

    Raises:
        ImportSchemaError: with every problem and its place.
    """
    if not isinstance(data, Mapping):
        raise ImportSchemaError(
            Problem(
                f"a schema is an object with the keys name and tables, got {_kind(data)}",
                hint="dw-sim schema json-schema prints the format",
            )
        )
    if (collected := _of_dbt(data, places, dbt or DbtOptions())) is not None:
        return from_nodes(collected, name=name, default_name=default_name, options=dbt)
    given = dict(data)
    if name is not None:
        given["name"] = name
    elif default_name is not None:
        given.setdefault("name", default_name)
    if "schema" in given and "tables" not in given:
        experiment, problems = read_entities(given)
        if experiment is not None:
            return experiment
    else:
        try:
            return Experiment.model_validate(given)
        except ValidationError as error:
            problems = located_problems(error, given)
    placed = [places.add_to(*found) for found in problems]
    raise ImportSchemaError(sorted(placed, key=lambda problem: (problem.line or 0, problem.column or 0)))


def _of_dbt(data: Mapping[str, Any], places: Places, options: DbtOptions) -> Collected | None:
    """What a manifest or property file declares; None for a document of another kind."""
    if is_manifest(data):
        return read_manifest(data, options.catalog)
    if not is_properties(data):
        return None
    collected = Collected()
    found: Found = []
    read_properties(data, collected, Site((), found))
    if found:
        raise ImportSchemaError([places.add_to(*each) for each in found])
    return collected


def _kind(data: object) -> str:
    kinds = {list: "a list", str: "a text", type(None): "nothing"}
    return kinds.get(type(data), type(data).__name__)
