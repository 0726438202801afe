"""`dw-sim profile`: a schema learned from files, tables of a warehouse, or queries."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dw_simulator.cli import diagnostics
from dw_simulator.cli.commands.experiment import service
from dw_simulator.cli.commands.quality import show
from dw_simulator.cli.options import NameOption, WarehouseName, complete_experiment
from dw_simulator.cli.output import print_text
from dw_simulator.cli.views import counted

if TYPE_CHECKING:
    from dw_simulator.experiments.learning import Learned, LearnOptions, QuerySource, ReadOptions, Source
    from dw_simulator.experiments.service import ExperimentService

PANEL = "Data"


class SynthesizerName(StrEnum):
    GAUSSIAN_COPULA = "gaussian-copula"
    CTGAN = "ctgan"
    HMA = "hma"


def profile(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            help="CSV, JSON lines, Parquet or Arrow files, or folders of them: one table each; NAME=FILE names it.",
            metavar="[FILE]...",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the schema to this file, .yaml or .json.", metavar="FILE"),
    ] = None,
    tables: Annotated[
        list[str] | None,
        typer.Option("--table", help="A table of the warehouse; repeat it for several.", metavar="TABLE"),
    ] = None,
    queries: Annotated[
        list[str] | None,
        typer.Option("--query", help="Rows of a SELECT in the warehouse, as a table NAME.", metavar="NAME=SQL"),
    ] = None,
    warehouse: Annotated[
        WarehouseName | None, typer.Option("--warehouse", "-w", help="Where --table and --query are.")
    ] = None,
    experiment: Annotated[
        str | None,
        typer.Option("--experiment", "-e", help="Find this experiment's tables.", autocompletion=complete_experiment),
    ] = None,
    name: NameOption = None,
    least: Annotated[
        int, typer.Option("--min-count", "-k", min=1, help="No value is written that fewer rows have.", metavar="K")
    ] = 5,
    allowed: Annotated[
        list[str] | None,
        typer.Option("--allow", help="Write this column's values however rare; repeat it.", metavar="[TABLE.]COLUMN"),
    ] = None,
    sample_rows: Annotated[
        int, typer.Option("--sample-rows", min=100, help="Random rows of a table kept for distributions.", metavar="N")
    ] = 100_000,
    bins: Annotated[int, typer.Option("--bins", min=2, max=1000, help="Bins of a histogram, about.", metavar="N")] = 50,
    values: Annotated[
        int, typer.Option("--max-values", min=1, max=100_000, help="Most texts that a column lists.", metavar="N")
    ] = 1000,
    share: Annotated[
        float,
        typer.Option("--fk-share", min=0.5, max=1.0, help="Share of a foreign key's values that its parent must have."),
    ] = 0.98,
    correlate: Annotated[bool, typer.Option("--correlations/--no-correlations", help="Look for correlations.")] = True,
    delimiter: Annotated[str | None, typer.Option("--delimiter", help="CSV: between values. [default: found]")] = None,
    nulls: Annotated[
        list[str] | None, typer.Option("--null", help="CSV: a text that means no value; repeat it.", metavar="TEXT")
    ] = None,
    texts: Annotated[
        list[str] | None,
        typer.Option("--text", help="JSON lines: take all values of this column as text.", metavar="COLUMN"),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Chooses the random rows.", metavar="N")] = 0,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report", help="Compare the sample with what the schema makes (extra [quality]).", metavar="FILE.html"
        ),
    ] = None,
    synthesizer: Annotated[
        SynthesizerName | None,
        typer.Option(
            "--synthesizer",
            help="Write rows made by SDV to the folder --output instead of a schema (extra [sdv]; SDV's licence is the "
            "Business Source License, BUSL-1.1).",
        ),
    ] = None,
    rows: Annotated[
        int | None, typer.Option("--rows", min=1, help="SDV: rows to make. [default: as the sample]", metavar="N")
    ] = None,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="SDV's CTGAN: passes over the sample.")] = 300,
) -> None:
    """Learn a schema from samples: types, NULLs, distributions, patterns, correlations, keys; no rare value leaves."""
    from dw_simulator.experiments.learning import LearnOptions, ReadOptions, learn

    options = LearnOptions(
        least=least,
        allowed=allowed or (),
        sample_rows=sample_rows,
        bins=bins,
        values=values,
        share=share,
        correlate=correlate,
        seed=seed,
    )
    reading = ReadOptions(delimiter, tuple(nulls or ()), tuple(texts or ()))
    with contextlib.ExitStack() as opened:
        sources: list[Source] = list(_file_sources(files or (), reading))
        if tables or queries:
            if warehouse is None:
                raise typer.BadParameter("say which warehouse --table and --query are in", param_hint="--warehouse")
            experiments = opened.enter_context(service(context))
            sources += _query_sources(experiments, tables or (), queries or (), warehouse, experiment)
        if not sources:
            raise typer.BadParameter("give at least one file, --table or --query", param_hint="FILE")
        if synthesizer is not None:
            _synthesize(sources, synthesizer, options, output, rows, epochs)
            return
        learned = learn(sources, name=name, options=options, progress=_Lines())
    text = _rendered(learned, output)
    if report is not None:
        _report(learned, report)
    if output is None:
        print_text(text)
        return
    output.write_text(text, encoding="utf-8")
    diagnostics.say(
        f"wrote {counted(len(learned.experiment.tables), 'table')} to {output}; next: dw-sim experiment create {output}"
    )


class _Lines:
    """A line every million rows."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}

    def __call__(self, table: str, rows: int) -> None:
        if rows // 1_000_000 > self._told.get(table, 0):
            self._told[table] = rows // 1_000_000
            diagnostics.say(f"{table}: {rows:,} rows read")


def _file_sources(files: Sequence[str], options: ReadOptions) -> Iterator[Source]:
    from dw_simulator.experiments.learning import file_source

    for text in files:
        table, equals, path = text.partition("=")
        named = bool(equals) and not Path(text).exists()
        yield file_source(Path(path if named else text), table if named else None, options)


def _query_sources(
    experiments: ExperimentService,
    tables: Sequence[str],
    queries: Sequence[str],
    warehouse: WarehouseName,
    experiment: str | None,
) -> Iterator[Source]:
    for table in tables:
        plain = table.rpartition(".")[2].strip('"')
        yield _query_source(experiments, plain.lower(), table, f"select * from {table}", warehouse, experiment)
    for text in queries:
        name, equals, sql = text.partition("=")
        if not equals or not name.strip() or not sql.strip():
            raise typer.BadParameter(f"{text!r} is not NAME=SQL, such as sales=select …", param_hint="--query")
        yield _query_source(experiments, name.strip(), f"query {name.strip()}", sql, warehouse, experiment)


def _query_source(
    experiments: ExperimentService,
    name: str,
    title: str,
    sql: str,
    warehouse: WarehouseName,
    experiment: str | None,
) -> QuerySource:
    from dw_simulator.experiments.learning import QuerySource
    from dw_simulator.schema import Warehouse

    chosen = Warehouse(warehouse.value)
    return QuerySource(name, f"{title} in {chosen}", lambda: experiments.query(sql, chosen, experiment))


def _synthesize(
    sources: Sequence[Source],
    synthesizer: SynthesizerName,
    options: LearnOptions,
    output: Path | None,
    rows: int | None,
    epochs: int,
) -> None:
    from pyarrow import parquet

    from dw_simulator.experiments.learning.synthesizers import LICENCE, SYNTHESIZERS, synthesize

    if output is None or output.suffix:
        raise typer.BadParameter(
            "with --synthesizer this is a folder, for a Parquet file a table", param_hint="--output"
        )
    diagnostics.say(LICENCE)
    chosen = next(each for each in SYNTHESIZERS if each == synthesizer.value)
    made = synthesize(sources, chosen, options, rows=rows, epochs=epochs, progress=_Lines())
    output.mkdir(parents=True, exist_ok=True)
    for name, table in made.items():
        path = output / f"{name}.parquet"
        parquet.write_table(table, path)
        print_text(f"{path}  {counted(table.num_rows, 'row')}")


def _report(learned: Learned, path: Path) -> None:
    from dw_simulator.experiments.quality.comparing import compare_with_generated

    show(compare_with_generated(learned.tables, learned.experiment, sample_rows=20_000), path, as_json=False)


def _rendered(learned: Learned, output: Path | None) -> str:
    from dw_simulator.experiments.learning.writing import to_commented_yaml
    from dw_simulator.schema.importers import YAML_SUFFIXES
    from dw_simulator.schema.render import to_json

    if output is None or output.suffix.lower() in YAML_SUFFIXES:
        return to_commented_yaml(learned)
    if output.suffix.lower() != ".json":
        raise typer.BadParameter(f"{output.name}: the file must end in .yaml or .json", param_hint="--output")
    return to_json(learned.experiment)


def register(app: typer.Typer) -> None:
    app.command("profile", rich_help_panel=PANEL)(profile)
