"""Which table of the real data is compared with which of the synthetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from dw_simulator.errors import ImportSchemaError
from dw_simulator.experiments.learning.reading import MemorySource, ReadOptions, Source, file_source, is_sample
from dw_simulator.experiments.learning.scan import TableFacts, scan
from dw_simulator.experiments.quality.scoring import TableScore, require_sdmetrics, score
from dw_simulator.experiments.schemas import DEFAULT_SEED
from dw_simulator.generator import TablePlan, build_plan
from dw_simulator.schema import Experiment

PIECE_ROWS = 1_000


def sources_of(path: Path, options: ReadOptions, *, many: bool) -> list[Source]:
    """The table in a file; with ``many``, the tables in a folder: each of its files or folders is one."""
    if not (path.is_dir() and many):
        return [file_source(path, None, options)]
    entries = sorted(each for each in path.iterdir() if each.is_dir() or is_sample(each))
    return [file_source(each, None, options) for each in entries]


def compare(
    real: Path,
    synthetic: Path,
    options: ReadOptions,
    *,
    sample_rows: int,
    seed: int,
    progress: Callable[[str, int], None] | None = None,
) -> list[TableScore]:
    """Scores of each table that both have. Two folders hold tables; a folder beside a file holds parts of one table.

    Raises:
        ConfigError: sdmetrics is not installed.
        ImportSchemaError: a file cannot be read, has no rows, or there is no table in common.
        NotFound: there is no such file.
        SchemaError: two tables have no column in common.
    """
    require_sdmetrics()
    many = real.is_dir() and synthetic.is_dir()
    pairs = _matched(sources_of(real, options, many=many), sources_of(synthetic, options, many=many), many=many)
    found = []
    for one, other in pairs:
        facts = [scan(each, sample_rows=sample_rows, seed=seed, progress=progress) for each in (one, other)]
        found.append(score(facts[0], facts[1]))
    return found


def compare_with_generated(
    tables: Sequence[TableFacts], experiment: Experiment, *, sample_rows: int
) -> list[TableScore]:
    """Scores of samples against rows, at most ``sample_rows`` a table, that the schema learned from them makes.

    Raises:
        ConfigError: sdmetrics is not installed.
    """
    require_sdmetrics()
    plan = build_plan(experiment, seed=DEFAULT_SEED)
    made = {table.name.lower(): _spread_rows(table, sample_rows) for table in plan.tables}
    return [score(facts, scan(made[facts.name.lower()], sample_rows=sample_rows, seed=0)) for facts in tables]


def _spread_rows(table: TablePlan, most: int) -> Source:
    """At most so many rows, in pieces from all over the table: rows that follow each other may be of one parent."""
    pieces = -(-min(table.rows, most) // PIECE_ROWS)
    starts = [table.rows * piece // max(pieces, 1) for piece in range(pieces + 1)]
    batches = [table.batch(lo, min(lo + PIECE_ROWS, end)) for lo, end in pairwise(starts)]
    return MemorySource(table.name, "generated rows", pa.Table.from_batches(batches, table.schema))


def _matched(real: Sequence[Source], synthetic: Sequence[Source], *, many: bool) -> list[tuple[Source, Source]]:
    if not many:
        return list(zip(real, synthetic, strict=True))
    others = {source.table.lower(): source for source in synthetic}
    pairs = [(one, others[one.table.lower()]) for one in real if one.table.lower() in others]
    if not pairs:
        names = [", ".join(source.table for source in side) or "nothing" for side in (real, synthetic)]
        raise ImportSchemaError(
            f"the folders have no table in common: {names[0]}; {names[1]}",
            hint="each file or folder in them is a table of its name",
        )
    return pairs
