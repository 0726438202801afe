"""Generated tables as the seeds of a dbt project: CSV files, and a property file with types and tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

from dw_simulator.errors import ConfigError, Conflict, SchemaError
from dw_simulator.experiments.dbt.properties import columns_of, spelled, type_text
from dw_simulator.schema import Experiment, Table
from dw_simulator.schema.importers.dbt.project import project_settings
from dw_simulator.schema.suggest import did_you_mean

if TYPE_CHECKING:
    import pyarrow as pa

    from dw_simulator.generator import GenerationPlan, TablePlan

BATCH_ROWS = 65_536
MANY_ROWS = 50_000
"""dbt loads seeds by INSERT; beyond so many rows that takes minutes."""


class Exported(NamedTuple):
    path: Path
    rows: int


def export_seeds(
    experiment: Experiment,
    plan: GenerationPlan,
    project: Path,
    *,
    tables: Sequence[str] = (),
    force: bool = False,
    progress: Callable[[Exported], None] | None = None,
) -> list[Exported]:
    """Write each table (of those named, or all) to ``<seeds>/<table>.csv``, and ``<experiment>_seeds.yml`` beside them.

    The rows are those that a run of the same plan generates.

    Raises:
        Conflict: a file is there already, and ``force`` is not said.
        ConfigError: a file cannot be written.
        NotFound, ImportSchemaError: ``project`` is no dbt project.
        SchemaError: there is no such table.
    """
    chosen = _chosen(experiment, tables)
    folder = seed_folder(project)
    properties = folder / f"{experiment.name}_seeds.yml"
    targets = {table.name: folder / f"{table.name}.csv" for table in chosen}
    refuse_existing([*targets.values(), properties], force=force)
    done = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for table in chosen:
            done.append(_write_table(plan.table(table.name), targets[table.name]))
            if progress is not None:
                progress(done[-1])
        properties.write_text(_properties(experiment, chosen), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {error.filename or folder}: {error.strerror or error}") from error
    return done


def seed_folder(project: Path) -> Path:
    """The first of the project's ``seed-paths``. Raises NotFound, ImportSchemaError."""
    paths = project_settings(project).get("seed-paths")
    first = paths[0] if isinstance(paths, list) and paths and isinstance(paths[0], str) else "seeds"
    return project / first


def refuse_existing(paths: Sequence[Path], *, force: bool) -> None:
    """Raises Conflict when one of the files exists, unless ``force``."""
    there = [str(path) for path in paths if path.exists()]
    if there and not force:
        raise Conflict(f"already there: {', '.join(there)}", hint="--force overwrites")


def _chosen(experiment: Experiment, names: Sequence[str]) -> list[Table]:
    found = []
    for name in names:
        table = experiment.table(name)
        if table is None:
            known = [each.name for each in experiment.tables]
            raise SchemaError(
                f"experiment {experiment.name!r} has no table {name!r}",
                hint=did_you_mean(name, known, "its tables are"),
            )
        found.append(table)
    return found or list(experiment.tables)


def _write_table(plan: TablePlan, path: Path) -> Exported:
    from pyarrow import csv

    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as stream:
            options = csv.WriteOptions(include_header=False, quoting_style="needed")
            stream.write((",".join(f'"{name}"' for name in plan.schema.names) + "\n").encode())
            for batch in _batches(plan):
                csv.write_csv(batch, stream, options)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return Exported(path, plan.rows)


def _batches(plan: TablePlan) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    for lo in range(0, plan.rows, BATCH_ROWS):
        batch = plan.batch(lo, min(lo + BATCH_ROWS, plan.rows))
        yield pa.RecordBatch.from_arrays([_as_text(column) for column in batch.columns], names=batch.schema.names)


def _as_text(column: pa.Array) -> pa.Array:
    """Values that CSV can hold as both warehouses read them; bytes as hexadecimal digits."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if value is None else value.hex() for value in column.to_pylist()], pa.string())
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    return column.cast(pa.string()) if pa.types.is_timestamp(kind) and kind.tz else column


def _properties(experiment: Experiment, tables: Sequence[Table]) -> str:
    exported = {table.name.lower() for table in tables}

    def refer(name: str) -> str | None:
        return f"ref('{spelled(experiment, name)}')" if name.lower() in exported else None

    entries = [
        {
            "name": table.name,
            "description": table.comment or f"Generated by dw-simulator: experiment {experiment.name}.",
            "config": {"column_types": {column.name: type_text(column) for column in table.columns}},
            "columns": columns_of(table, refer),
        }
        for table in tables
    ]
    return yaml.safe_dump({"version": 2, "seeds": entries}, sort_keys=False, allow_unicode=True, width=120)
