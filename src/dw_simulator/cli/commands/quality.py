"""`dw-sim quality`: how well synthetic data resembles real data, by sdmetrics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dw_simulator.cli import diagnostics
from dw_simulator.cli.output import JsonOption, print_json, print_table

if TYPE_CHECKING:
    from dw_simulator.experiments.quality.scoring import TableScore


def quality(
    real: Annotated[
        Path, typer.Argument(help="Real data: a CSV, JSON lines, Parquet or Arrow file, or a folder.", metavar="REAL")
    ],
    synthetic: Annotated[
        Path,
        typer.Argument(
            help="Synthetic data: a file, a folder of parts of the table, or of tables where REAL is one.",
            metavar="SYNTHETIC",
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write a page with plots to this file.", metavar="FILE.html")
    ] = None,
    sample_rows: Annotated[
        int, typer.Option("--sample-rows", min=100, help="Random rows of each table that are compared.", metavar="N")
    ] = 20_000,
    as_json: JsonOption = False,
) -> None:
    """Score how alike real and synthetic data are: shapes of columns, trends of pairs (needs the extra [quality])."""
    from dw_simulator.experiments.learning import ReadOptions
    from dw_simulator.experiments.quality.comparing import compare

    show(compare(real, synthetic, ReadOptions(), sample_rows=sample_rows, seed=0), output, as_json=as_json)


def show(scores: Sequence[TableScore], output: Path | None, *, as_json: bool) -> None:
    """Print the scores, and write the page where one is asked for."""
    from dataclasses import asdict

    if output is not None:
        from dw_simulator.experiments.quality.page import page

        output.write_text(page("Quality of synthetic data", scores), encoding="utf-8")
        diagnostics.say(f"wrote {output}")
    if as_json:
        print_json([asdict(table) for table in scores])
        return
    rows = [[table.name, *table.rows, *map(_shown, (table.score, table.shapes, table.trends))] for table in scores]
    print_table(("table", "real rows", "synthetic rows", "quality", "column shapes", "pair trends"), rows)


def _shown(score: float | None) -> str:
    return "" if score is None else f"{score:.4f}"


def register(app: typer.Typer) -> None:
    app.command("quality", rich_help_panel="Data")(quality)
