"""A plan's tables as files of a folder: in any format, and by partition where asked.

``<folder>/<table>/part-00000.csv``; with partitions ``<folder>/<table>/<column>=<value>/part-00000.csv``, as Hive,
Spark, Athena and Redshift Spectrum lay tables out. The files are the same for any number of workers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.errors import GenerationError, SchemaError
from dw_simulator.generator import arrays
from dw_simulator.generator.formats import Compressed, Encoder, FileFormat, encoder
from dw_simulator.generator.plan import GenerationPlan, TablePlan
from dw_simulator.generator.runner import DEFAULT_BATCH_ROWS, Done, GenerationReport, Progress, Task, run_tasks
from dw_simulator.generator.sinks import FolderWriter
from dw_simulator.schema import DataType, Experiment
from dw_simulator.schema.folders import folder_name
from dw_simulator.schema.suggest import did_you_mean

MOST_PARTITIONS = 1_000
"""Of one batch: beyond it the rows are spread over so many small files that no reader gains by it."""
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_PERIODS = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


@dataclass(frozen=True, slots=True)
class Partition:
    """By the values of a column; of a date or timestamp by ``period`` as well: day, month, year.

    A column itself is then in the path only, as Hive has it; with a period the path has ``<column>_<period>``, and the
    column stays in the files.
    """

    column: str
    period: str | None = None

    @property
    def key(self) -> str:
        return f"{self.column}_{self.period}" if self.period else self.column


@dataclass(frozen=True, slots=True)
class Output:
    """What files are to look like. ``partitions`` by table name."""

    form: FileFormat = FileFormat.PARQUET
    gzip: bool = False
    partitions: Mapping[str, Partition] | None = None

    @property
    def suffix(self) -> str:
        return f".{self.form}.gz" if self.gzip else f".{self.form}"


def parse_partitions(texts: list[str], experiment: Experiment) -> dict[str, Partition]:
    """``TABLE.COLUMN`` or ``TABLE.COLUMN:day`` for tables and columns of ``experiment``.

    Raises:
        SchemaError: no such table or column, a column that cannot be a folder's name, a period of what is no date.
    """
    found: dict[str, Partition] = {}
    for text in texts:
        table_name, _, rest = text.partition(".")
        column_name, _, period = rest.partition(":")
        table = experiment.table(table_name)
        if table is None:
            hint = did_you_mean(table_name, [one.name for one in experiment.tables], "its tables are")
            raise SchemaError(f"partition {text!r}: there is no table {table_name!r}", hint=hint)
        column = table.column(column_name)
        if column is None:
            hint = did_you_mean(column_name, [one.name for one in table.columns], "its columns are")
            raise SchemaError(f"partition {text!r}: table {table.name!r} has no column {column_name!r}", hint=hint)
        if column.data_type in (DataType.JSON, DataType.BINARY):
            raise SchemaError(f"partition {text!r}: {column.data_type} makes no folder names")
        moments = (DataType.DATE, DataType.TIMESTAMP, DataType.TIMESTAMP_TZ)
        if period and (period not in _PERIODS or column.data_type not in moments):
            raise SchemaError(
                f"partition {text!r}: {column.data_type} has no period {period!r}",
                hint="dates and timestamps have day, month and year",
            )
        if table.name in found:
            raise SchemaError(f"partition {text!r}: table {table.name!r} has one already")
        found[table.name] = Partition(column.name, period or None)
    return found


def write_files(
    experiment: Experiment,
    plan: GenerationPlan,
    folder: Path,
    output: Output,
    *,
    batch_rows: int = DEFAULT_BATCH_ROWS,
    workers: int = 0,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> GenerationReport:
    """Write every table of ``plan``, which is one of ``experiment``, below ``folder``.

    In the report a table's ``uris`` are its folder, once for each batch.

    Raises:
        GenerationError: the folder of a table holds files, a file cannot be written, there are too many partitions.
        GenerationCancelled: ``cancel`` was set.
        In every case what was written is removed before.
    """
    writer = _Writer(experiment, plan, folder, output)
    try:
        report = run_tasks(plan, writer.make, batch_rows=batch_rows, workers=workers, progress=progress, cancel=cancel)
        writer.report_defects()
        return report
    except BaseException:
        writer.files.discard()
        raise


class _Writer:
    def __init__(self, experiment: Experiment, plan: GenerationPlan, folder: Path, output: Output) -> None:
        self._folder = folder
        self._plan = plan
        self._output = output
        self._partitions = output.partitions or {}
        self._encoders = {table.name: self._encoder(experiment, table) for table in plan.tables}
        self.files = FolderWriter()
        taken = [str(folder / folder_name(table.name)) for table in plan.tables if self._taken(table.name)]
        taken += [str(path) for path in self._reports() if path.exists()]
        if taken:
            raise GenerationError(
                f"there are files in {', '.join(taken)} already", hint="name another folder, or remove them first"
            )

    def _taken(self, table: str) -> bool:
        folder = self._folder / folder_name(table)
        return folder.exists() and any(folder.iterdir())

    def _reports(self) -> list[Path]:
        """The file that says which defects were put in, if the plan has some."""
        form = FileFormat.CSV if self._output.form is FileFormat.CSV else FileFormat.PARQUET
        dirty = any(table.has_defects for table in self._plan.tables)
        return [self._folder / f"defects.{form}"] if dirty else []

    def report_defects(self) -> None:
        for path in self._reports():
            from dw_simulator.generator.defects.report import encode, report

            self.files.write(path, encode(report(self._plan), FileFormat(path.suffix[1:])))

    def _encoder(self, experiment: Experiment, table: TablePlan) -> Encoder:
        schema = table.schema
        partition = self._partitions.get(table.name)
        if partition is not None and partition.period is None:
            schema = schema.remove(schema.get_field_index(partition.column))
        described = experiment.table(table.name)
        assert described is not None, f"the plan's table {table.name!r} is not the experiment's"
        documents = [column.name for column in described.columns if column.data_type is DataType.JSON]
        plain = encoder(self._output.form, schema, documents=documents)
        return Compressed(plain) if self._output.gzip else plain

    def make(self, task: Task) -> Done:
        table = task.table
        batch = table.batch(task.lo, task.hi)
        place = self._folder / folder_name(table.name)
        size = 0
        for relative, rows in self._parts(table.name, batch):
            data = self._encoders[table.name].encode(rows)
            self.files.write(place / relative / f"part-{task.index:05}{self._output.suffix}", data)
            size += data.size
        return Done(task, str(place), size)

    def _parts(self, table: str, batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
        """Folders below the table's, and the rows that belong there, in their order."""
        partition = self._partitions.get(table)
        if partition is None:
            yield "", batch
            return
        column = arrays.plain(batch.column(partition.column))
        keys = pc.strftime(column, _PERIODS[partition.period]) if partition.period else column.cast(pa.string())
        keys = keys.dictionary_encode(null_encoding="encode")
        if len(keys.dictionary) > MOST_PARTITIONS:
            raise GenerationError(
                f"table {table!r}: {batch.num_rows:,} rows have {len(keys.dictionary):,} values of {partition.column}",
                hint="partition by a column with fewer values, or a date's :day, :month or :year",
            )
        kept = batch if partition.period else batch.drop_columns([partition.column])
        for number, value in enumerate(keys.dictionary.to_pylist()):
            name = NULL_PARTITION if value is None else quote(value, safe=" ")
            yield f"{partition.key}={name}", kept.filter(pc.equal(keys.indices, number))
