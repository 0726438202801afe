"""Where the rows of an experiment come from: schema tables, runs, staged files, warehouse tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from dw_simulator.experiments import dot
from dw_simulator.metadata import GenerationRun, LedgerFile, LoadedTable

if TYPE_CHECKING:
    from dw_simulator.experiments.service import ExperimentService
    from dw_simulator.schema import Experiment


class NodeKind(StrEnum):
    SCHEMA_TABLE = "schema_table"
    RUN = "run"
    FILE_GROUP = "file_group"
    WAREHOUSE_TABLE = "warehouse_table"


class LineageNode(BaseModel):
    """``table`` is the table it is about, null for a run. ``detail`` has counts, times and places by name."""

    id: str
    kind: NodeKind
    label: str
    table: str | None
    detail: dict[str, Any]


class LineageEdge(BaseModel):
    source: str
    target: str
    label: str


class Lineage(BaseModel):
    """A graph without cycles: from the schema's tables over runs and their files to tables of warehouses."""

    nodes: list[LineageNode]
    edges: list[LineageEdge]


def lineage(service: ExperimentService, name: str) -> Lineage:
    """The lineage of an experiment: the runs that its loaded tables are from, and the newest run.

    Files that were found under a prefix are there too, a group a folder. Raises NotFound.
    """
    record = service.show(name)
    loaded = service.loaded_tables(name)
    runs = service.runs(name)
    wanted = {table.run_id for table in loaded} | {run.id for run in runs[:1]}
    graph = _Drawing(record.experiment)
    for run in reversed(runs):
        if run.id in wanted:
            graph.add_run(run)
    for table in loaded:
        graph.add_loaded(table)
    for warehouse in dict.fromkeys(table.warehouse for table in loaded):
        graph.add_found(service.found_files(name, warehouse))
    return Lineage(nodes=list(graph.nodes.values()), edges=list(graph.edges))


class _Drawing:
    def __init__(self, experiment: Experiment) -> None:
        self.nodes: dict[str, LineageNode] = {}
        self.edges: list[LineageEdge] = []
        self._spelled = {table.name.lower(): table.name for table in experiment.tables}
        for table in experiment.tables:
            detail = {"columns": len(table.columns), "target_rows": table.target_rows}
            self._node(f"schema:{table.name}", NodeKind.SCHEMA_TABLE, table.name, table.name, detail)

    def _node(self, node: str, kind: NodeKind, label: str, table: str | None, detail: Mapping[str, Any]) -> str:
        self.nodes[node] = LineageNode(id=node, kind=kind, label=label, table=table, detail=dict(detail))
        return node

    def _edge(self, source: str, target: str, label: str) -> None:
        if source in self.nodes and target in self.nodes:
            self.edges.append(LineageEdge(source=source, target=target, label=label))

    def add_run(self, run: GenerationRun) -> None:
        detail = {
            "status": run.status,
            "seed": run.seed,
            "rows": run.total_rows,
            "location": run.location,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "error": run.error,
        }
        node = self._node(f"run:{run.id}", NodeKind.RUN, f"run {run.id}", None, detail)
        for table, rows in run.target_rows.items():
            self._edge(f"schema:{self._spelled.get(table.lower(), table)}", node, f"{rows} rows")
        for table, files in run.files.items():
            self._add_files(
                f"files:{run.id}:{table}", node, table, run.staged, [(f.uri, f.rows, f.size) for f in files]
            )

    def _add_files(
        self, node: str, run: str | None, table: str, staged: bool, files: Sequence[tuple[str, int, int]]
    ) -> str:
        detail = {
            "files": len(files),
            "rows": sum(rows for _, rows, _ in files),
            "bytes": sum(size for _, _, size in files),
            "location": files[0][0].rpartition("/")[0] if files else None,
            "staged": staged,
        }
        label = f"{len(files)} file" + ("" if len(files) == 1 else "s")
        self._node(node, NodeKind.FILE_GROUP, label, table, detail)
        if run is not None:
            self._edge(run, node, "wrote")
        return node

    def add_loaded(self, loaded: LoadedTable) -> None:
        detail = {
            "warehouse": loaded.warehouse,
            "rows": loaded.row_count,
            "run_id": loaded.run_id,
            "loaded_at": loaded.loaded_at,
        }
        label = f"{loaded.warehouse}: {loaded.table}"
        node = self._node(f"{loaded.warehouse}:{loaded.table}", NodeKind.WAREHOUSE_TABLE, label, loaded.table, detail)
        self._edge(f"files:{loaded.run_id}:{loaded.table}", node, "loaded")

    def add_found(self, files: Iterable[LedgerFile]) -> None:
        """Files that others made, a group a table and folder."""
        groups: dict[tuple[str, str], list[LedgerFile]] = {}
        for file in files:
            if file.error is None:
                groups.setdefault((self._spelled.get(file.table.lower(), file.table), _folder(file)), []).append(file)
        for (table, folder), group in groups.items():
            node = f"found:{folder}:{table}"
            if node not in self.nodes:
                self._add_files(node, None, table, True, [(file.uri, file.rows, file.size) for file in group])
            self._edge(node, f"{group[0].warehouse}:{table}", "appended")


def _folder(file: LedgerFile) -> str:
    return file.uri.rpartition("/")[0]


_COLOURS = {
    NodeKind.SCHEMA_TABLE: "lightyellow",
    NodeKind.RUN: "lightblue",
    NodeKind.FILE_GROUP: "white",
    NodeKind.WAREHOUSE_TABLE: "lightgreen",
}


def as_dot(graph: Lineage) -> str:
    """The graph for Graphviz."""
    number = {node.id: f"n{index}" for index, node in enumerate(graph.nodes)}
    lines = [
        f"{number[node.id]} [label=<{_label(node)}>, fillcolor={_COLOURS[node.kind]}, style=filled]"
        for node in graph.nodes
    ]
    lines += [
        f"{number[edge.source]} -> {number[edge.target]} [label=<{dot.text(edge.label)}>]" for edge in graph.edges
    ]
    return dot.digraph(lines, defaults='node [shape=box, fontname="sans-serif"]')


def _label(node: LineageNode) -> str:
    rows = node.detail.get("rows", node.detail.get("target_rows"))
    return f"{dot.text(node.label)}<br/>{rows} rows"
