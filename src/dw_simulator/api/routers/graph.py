"""The keys between an experiment's tables, and where the rows of its tables come from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from dw_simulator.api.dependencies import Experiments
from dw_simulator.api.problems import responses
from dw_simulator.experiments import dot
from dw_simulator.experiments import key_graph as keys
from dw_simulator.experiments import lineage as origins
from dw_simulator.experiments.key_graph import KeyGraph
from dw_simulator.experiments.lineage import Lineage

router = APIRouter(prefix="/api/experiments", tags=["graphs"])

GraphFormat = Annotated[Literal["json", "dot"], Query(alias="format", description="`dot`: text for Graphviz")]

_OR_DOT: dict[int | str, dict[str, Any]] = {200: {"content": {dot.MEDIA_TYPE: {"schema": {"type": "string"}}}}}


@router.get("/{name}/graph", response_model=KeyGraph, responses=responses(404, 422) | _OR_DOT)
def show_key_graph(name: str, experiments: Experiments, form: GraphFormat = "json") -> KeyGraph | Response:
    """The tables with their columns, and the foreign keys between them."""
    graph = keys.key_graph(experiments.show(name).experiment)
    return graph if form == "json" else Response(keys.as_dot(graph), media_type=dot.MEDIA_TYPE)


@router.get("/{name}/lineage", response_model=Lineage, responses=responses(404, 422) | _OR_DOT)
def show_lineage(name: str, experiments: Experiments, form: GraphFormat = "json") -> Lineage | Response:
    """From the schema's tables over runs and their files to the tables of warehouses."""
    graph = origins.lineage(experiments, name)
    return graph if form == "json" else Response(origins.as_dot(graph), media_type=dot.MEDIA_TYPE)
