"""The report of the defects that a run put into its data: written beside the staged files, and read again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event as CancelEvent
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from dw_simulator.errors import ConfigError, Conflict, GenerationCancelled, NotFound
from dw_simulator.experiments.staging import RunStore, run_store_of
from dw_simulator.experiments.stores import Stores
from dw_simulator.metadata import ExperimentRecord, GenerationRun, RunStatus

if TYPE_CHECKING:
    import pyarrow as pa

    from dw_simulator.generator import GenerationPlan


class DefectCount(BaseModel):
    """How many rows have a defect: of a kind, in a ``column``, or as a whole."""

    table: str
    kind: str
    column: str | None = Field(description="null where rows as a whole are meant: duplicates, late rows")
    rows: int


def report_uri(location: str, index: int) -> str:
    """Beside the folders of the tables; no table's folder has a dot in its name."""
    return f"{location}/defects-{index:05d}.parquet"


def write_report(store: RunStore, location: str, plan: GenerationPlan, cancel: CancelEvent | None = None) -> int | None:
    """Write the report of a run. Returns how many defects there are; None for a schema without.

    Raises GenerationCancelled when ``cancel`` is set.
    """
    if not any(table.has_defects for table in plan.tables):
        return None
    from dw_simulator.generator.defects.report import encode, report
    from dw_simulator.generator.formats import FileFormat

    total = 0
    for index, part in enumerate(report(plan)):
        if cancel is not None and cancel.is_set():
            raise GenerationCancelled("generation was cancelled")
        store.write(report_uri(location, index), encode([part], FileFormat.PARQUET))
        total += part.num_rows
    return total


class Defects:
    """What is known of the defects of an experiment's runs."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def parts(self, name: str, run_id: int | None = None, tables: Sequence[str] = ()) -> Iterator[pa.Table]:
        """The report of a completed run (the newest by default) and those that it extends, a part at a time.

        Raises NotFound when there is no such run or table, and Conflict when its files are gone.
        """
        record = self._stores.ready(name)
        run = self._run(record, run_id)
        for table in tables:
            if record.experiment.table(table) is None:
                known = ", ".join(one.name for one in record.experiment.tables)
                raise NotFound(f"experiment {record.name!r} has no table {table!r}", hint=f"its tables are: {known}")
        wanted = {table.lower() for table in tables}
        return self._parts(record, self.chain(run), wanted)

    def chain(self, run: GenerationRun) -> list[GenerationRun]:
        """The run and those that it extends, the first one first."""
        chain = [run]
        while (before := chain[0].extends) is not None:
            chain.insert(0, self._stores.runs.get(before))
        return chain

    def _run(self, record: ExperimentRecord, run_id: int | None) -> GenerationRun:
        run = self._stores.runs.latest_completed(record) if run_id is None else self._stores.runs.get(run_id)
        if run is None or run.experiment.lower() != record.name.lower():
            raise NotFound(
                f"experiment {record.name!r} has no such completed run",
                hint=f"generate first: dw-sim experiment generate {record.name}",
            )
        if run.status is not RunStatus.COMPLETED:
            raise Conflict(f"run {run.id} is {run.status}: only a completed run has a report")
        return run

    def _parts(self, record: ExperimentRecord, chain: Sequence[GenerationRun], wanted: set[str]) -> Iterator[pa.Table]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        for run in chain:
            with closing(run_store_of(self._stores.settings, record.name, run.location)) as store:
                there = store.sizes_under(run.location)
                index = 0
                while (uri := report_uri(run.location, index)) in there:
                    part = pq.read_table(pa.BufferReader(store.read(uri)))
                    index += 1
                    yield _of_tables(part, wanted) if wanted else part


def save(parts: Iterator[pa.Table], path: Path) -> int:
    """Write a report to a file, .parquet or .csv. Returns the number of its rows. Raises ConfigError."""
    from dw_simulator.generator.defects.report import write
    from dw_simulator.generator.formats import FileFormat

    suffix = path.suffix.lower()
    if suffix not in (".parquet", ".csv"):
        raise ConfigError(f"cannot tell the format of {path.name!r}", hint="use .parquet or .csv")
    try:
        with path.open("wb") as file:
            return write(parts, FileFormat(suffix[1:]), file)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror or error}") from error


def _of_tables(part: pa.Table, wanted: set[str]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    return part.filter(pc.is_in(pc.utf8_lower(part["table_name"]), pa.array(sorted(wanted))))


def counted(parts: Iterator[pa.Table]) -> list[DefectCount]:
    """How many defects of each kind there are, by table, kind and column."""
    from dw_simulator.generator.defects.report import count

    counts: Counter[tuple[str, str, str | None]] = Counter()
    for part in parts:
        count(counts, part)
    ordered = sorted(counts.items(), key=lambda item: (item[0][0], item[0][1], item[0][2] or ""))
    return [DefectCount(table=table, kind=kind, column=column, rows=rows) for (table, kind, column), rows in ordered]
