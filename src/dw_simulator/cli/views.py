"""How experiments, runs and loads look: as tables for people and as plain data for ``--json``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dw_simulator.cli.output import print_table, print_text

if TYPE_CHECKING:
    from dw_simulator.experiments.load_items import LoadItem, RetryNotice, Totals
    from dw_simulator.loader import LoadReport
    from dw_simulator.metadata import ExperimentRecord, GenerationRun, LoadedTable
    from dw_simulator.schema import Column, Experiment
    from dw_simulator.schema import Table as TableModel

MOST_RUNS = 10
"""Runs that ``show`` prints; ``--json`` has them all."""


def counted(number: int, noun: str) -> str:
    """``1 table``, ``2 tables``"""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


# --- experiments ----------------------------------------------------------------------------------------------------
def summary(record: ExperimentRecord) -> dict[str, Any]:
    experiment = record.experiment
    return {
        "name": experiment.name,
        "description": experiment.description,
        "dialect": str(experiment.dialect),
        "target_warehouse": [str(warehouse) for warehouse in experiment.target_warehouse],
        "tables": len(experiment.tables),
        "target_rows": sum(table.target_rows for table in experiment.tables),
        "state": str(record.state),
        "created_at": record.created_at.isoformat(),
        "warnings": experiment.warnings,
    }


def print_summaries(records: Iterable[ExperimentRecord]) -> None:
    rows = [
        (found["name"], found["tables"], found["target_rows"], ", ".join(found["target_warehouse"]), found["state"])
        for found in map(summary, records)
    ]
    print_table(("experiment", "tables", "target rows", "warehouses", "state"), rows, styles={"experiment": "bold"})


def print_interpreted(experiment: Experiment) -> None:
    """The columns as they were understood, so that the user can check the translation."""
    rows = [
        (
            table.name if index == 0 else "",
            column.name,
            declared_type(column),
            ", ".join(column_facts(table, column)),
        )
        for table in experiment.tables
        for index, column in enumerate(table.columns)
    ]
    print_table(("table", "column", "type", "rules"), rows, styles={"table": "bold"})


def declared_type(column: Column) -> str:
    from dw_simulator.schema.checks.rules import type_text

    logical = type_text(column)
    if column.physical_type and column.physical_type.upper() != logical:
        return f"{logical} ({column.physical_type})"
    return logical


def column_facts(table: TableModel, column: Column) -> list[str]:
    """What is known of a column beyond its type: ``primary key``, ``not null``, ``-> users.userid``."""
    in_key = column.name.lower() in {name.lower() for name in table.primary_key}
    facts = [
        (in_key, "primary key"),
        (column.identity, "identity"),
        (column.is_unique, "unique"),
        (column.required and not in_key, "not null"),
        (column.null_fraction, f"{column.null_fraction:.0%} null"),
        (
            column.foreign_key,
            f"-> {column.foreign_key.table}.{column.foreign_key.column}" if column.foreign_key else "",
        ),
        (column.faker_rule, f"like {column.faker_rule}"),
        (column.distribution, column.distribution.type if column.distribution else ""),
        (column.default, f"default {column.default}"),
    ]
    return [text for given, text in facts if given]


def details(record: ExperimentRecord, runs: Sequence[GenerationRun], loaded: Sequence[LoadedTable]) -> dict[str, Any]:
    return {
        **summary(record),
        "experiment": record.experiment.model_dump(mode="json", exclude_none=True),
        "runs": [run_summary(run) for run in runs],
        "loaded": [
            {"warehouse": str(one.warehouse), "table": one.table, "rows": one.row_count, "run": one.run_id}
            for one in loaded
        ],
    }


def print_details(record: ExperimentRecord, runs: Sequence[GenerationRun], loaded: Sequence[LoadedTable]) -> None:
    experiment = record.experiment
    targets = ", ".join(experiment.target_warehouse)
    print_text(
        f"{experiment.name}: {counted(len(experiment.tables), 'table')}, dialect {experiment.dialect}, for {targets}\n"
    )
    print_interpreted(experiment)
    counts = {(str(one.warehouse), one.table): one.row_count for one in loaded}
    places = sorted({warehouse for warehouse, _ in counts})
    rows = [
        (table.name, table.target_rows, *(counts.get((place, table.name)) for place in places))
        for table in experiment.tables
    ]
    print_text("")
    print_table(("table", "target rows", *(f"in {place}" for place in places)), rows)
    if runs:
        print_text("")
        print_runs(runs[:MOST_RUNS])


# --- runs -----------------------------------------------------------------------------------------------------------
def run_summary(run: GenerationRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "experiment": run.experiment,
        "status": str(run.status),
        "seed": run.seed,
        "rows": dict(run.row_counts),
        "total_rows": run.total_rows,
        "files": {table: [file.uri for file in files] for table, files in run.files.items()},
        "bytes": sum(file.size for files in run.files.values() for file in files),
        "extends": run.extends,
        "days": run.days,
        "timings": dict(run.timings),
        "error": run.error,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
    }


def print_runs(runs: Iterable[GenerationRun]) -> None:
    rows = [
        (run.id, run.status, run.total_rows, run.seed, run.timings.get("generate"), run.error or "") for run in runs
    ]
    print_table(("run", "status", "rows", "seed", "seconds", "error"), rows)


def print_run(run: GenerationRun) -> None:
    rows = [
        (table, run.row_counts.get(table, 0), len(files), f"{sum(file.size for file in files) / 1e6:.1f} MB")
        for table, files in run.files.items()
    ]
    print_table(("table", "rows", "files", "size"), rows)
    seconds = run.timings.get("generate", 0.0)
    days = f", {run.days} days added to the first run," if run.extends is not None else ""
    print_text(f"\nrun {run.id}: {run.total_rows:,} rows{days} with seed {run.seed} in {seconds:.2f} s")


# --- loads ----------------------------------------------------------------------------------------------------------
def load_summary(report: LoadReport, run: GenerationRun | None) -> dict[str, Any]:
    loads = [
        {
            "warehouse": str(one.warehouse),
            "rows": dict(one.rows),
            "total_rows": one.total_rows,
            "seconds": round(one.seconds, 3),
            "error": str(one.error) if one.error else None,
        }
        for one in report.loads
    ]
    return {"loads": loads, "seconds": round(report.seconds, 3), "run": run_summary(run) if run else None}


def print_loads(report: LoadReport) -> None:
    rows = [
        (one.warehouse, one.total_rows, f"{one.seconds:.2f}", "failed" if one.error else "loaded")
        for one in report.loads
    ]
    print_table(("warehouse", "rows", "seconds", "result"), rows)


def load_item(item: LoadItem) -> dict[str, Any]:
    return {
        "experiment": item.experiment,
        "table": item.table,
        "warehouse": str(item.warehouse) if item.warehouse else None,
        "source": item.source,
        "state": str(item.state),
        "rows": item.rows,
        "seconds": round(item.seconds, 3),
        "reason": item.reason or None,
    }


def load_line(item: LoadItem) -> str:
    """What a loader that watches says of a file or table."""
    place = f"{item.warehouse}: " if item.warehouse else ""
    name = ".".join(part for part in (item.experiment, item.table) if part)
    what = f"{item.rows:,} rows in {item.seconds:.2f} s" if item.state == "loaded" else item.reason
    return f"{place}{name} {item.state} {what} ({item.source})"


def load_retry(notice: RetryNotice) -> dict[str, Any]:
    return {
        "experiment": notice.experiment or None,
        "warehouse": str(notice.warehouse) if notice.warehouse else None,
        "reason": str(notice.error),
        "seconds": round(notice.seconds, 3),
    }


def load_totals(totals: Totals) -> dict[str, Any]:
    return {
        "loaded": totals.loaded,
        "skipped": totals.skipped,
        "failed": totals.failed,
        "rows": totals.rows,
        "seconds": round(totals.seconds, 3),
    }


def load_totals_line(totals: Totals) -> str:
    return (
        f"{totals.rows:,} rows loaded in {totals.seconds:.2f} s:"
        f" {totals.loaded} loaded, {totals.skipped} there already, {totals.failed} failed"
    )


def print_load_items(items: Iterable[LoadItem]) -> None:
    rows = [
        (
            item.experiment,
            item.table or "",
            item.warehouse or "",
            item.source,
            item.rows or None,
            f"{item.seconds:.2f}" if item.seconds else "",
            item.state if not item.reason else f"{item.state}: {item.reason.splitlines()[0]}",
        )
        for item in items
    ]
    if rows:
        print_table(("experiment", "table", "warehouse", "source", "rows", "seconds", "result"), rows)


def print_written(written: Sequence[Mapping[str, object]]) -> None:
    print_table(("table", "rows", "file"), [tuple(one.values()) for one in written])
