"""`dw-sim experiment graph`: the tables of an experiment and the keys between them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from dw_simulator.cli.context import invocation
from dw_simulator.cli.options import ExperimentArgument
from dw_simulator.cli.output import print_json, print_text


class GraphFormat(StrEnum):
    DOT = "dot"
    JSON = "json"
    MERMAID = "mermaid"


def graph(
    context: typer.Context,
    name: ExperimentArgument,
    form: Annotated[
        GraphFormat, typer.Option("--format", help="dot is for Graphviz, mermaid for Markdown.", show_default=True)
    ] = GraphFormat.DOT,
) -> None:
    """Print the tables of an experiment with their columns, and the foreign keys between them."""
    import contextlib

    from dw_simulator.experiments.key_graph import as_dot, as_mermaid, key_graph
    from dw_simulator.experiments.service import ExperimentService

    with contextlib.closing(ExperimentService(invocation(context).settings())) as experiments:
        found = key_graph(experiments.show(name).experiment)
    if form is GraphFormat.JSON:
        print_json(found)
    else:
        print_text((as_dot if form is GraphFormat.DOT else as_mermaid)(found).rstrip("\n"))
