"""Everything that goes to stdout: the data a command was asked for, as a table for people or as JSON for programs.

Narration, progress and errors go to stderr: see :mod:`dw_simulator.cli.diagnostics`.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
"""The one declaration of ``--json``; every command that prints data takes it."""


def console() -> Console:
    """A Rich console on stdout. Without a terminal it neither colours nor cuts lines to a width."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=10_000, soft_wrap=True)


def _plain(value: object) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal | Path | dt.timedelta):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be printed as JSON")


def print_json(value: object) -> None:
    """Print one JSON document. Pydantic models, enums, dates, decimals (as text), paths and bytes (as hex) are fine."""
    print_text(json.dumps(value, default=_plain, indent=2, ensure_ascii=False))


def print_json_line(value: object) -> None:
    """Print one JSON document in one line: the form of events that come one after the other."""
    print_text(json.dumps(value, default=_plain, ensure_ascii=False))


def print_text(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str | None = None,
    styles: Mapping[str, str] | None = None,
) -> None:
    """Print a table. Numbers are set right; ``None`` is shown as an empty cell.

    ``styles`` maps a column to a Rich style.
    """
    print_rich(table(columns, rows, title=title, styles=styles))


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str | None = None,
    styles: Mapping[str, str] | None = None,
) -> RenderableType:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cells = [list(row) for row in rows]
    rendered = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(columns):
        numeric = any(_is_number(row[index]) for row in cells)
        style = (styles or {}).get(name, "")
        rendered.add_column(name, justify="right" if numeric else "left", style=style, overflow="fold")
    for row in cells:
        rendered.add_row(*(Text(cell_text(value)) for value in row))
    return rendered


def print_rich(renderable: RenderableType) -> None:
    """Print a Rich renderable; without a terminal as plain lines that end where their text ends."""
    target = console()
    if target.is_terminal:
        target.print(renderable)
        return
    with target.capture() as captured:
        target.print(renderable)
    lines = [line.rstrip() for line in captured.get().splitlines()]
    print_text("\n".join(lines).strip("\n"))


def cell_text(value: object) -> str:
    """How a value looks in a table: thousands separated, dates in ISO form, nothing for ``None``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Enum):
        return str(value.value)
    return str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
