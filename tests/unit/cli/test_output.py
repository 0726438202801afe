"""Exact text of what commands print."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pytest

from dw_simulator.cli.output import cell_text, print_json, print_table


class Colour(StrEnum):
    RED = "red"


def test_a_table_without_a_terminal(capsys):
    print_table(("name", "rows", "note"), [("a[b]", 1234, None), ("c", 5, "long " * 30)], title="Tables")
    assert capsys.readouterr().out == (
        f"Tables\n\n name    rows   note\n {'─' * 165}\n a[b]   1,234\n c          5   {('long ' * 30).rstrip()}\n"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (1234567, "1,234,567"),
        (-5, "-5"),
        (1.5, "1.5"),
        (Decimal("1234.50"), "1234.50"),
        (dt.date(2024, 1, 2), "2024-01-02"),
        (Colour.RED, "red"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
    ],
)
def test_cells(value, text):
    assert cell_text(value) == text


def test_json_of_what_python_has_and_json_has_not(capsys):
    value = {
        "at": dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
        "sum": Decimal("1.10"),
        "bytes": b"\x01\xff",
        "path": Path("/x"),
        "colour": Colour.RED,
        "set": {2, 1},
        "text": "Zoë",
    }
    print_json(value)
    shown = capsys.readouterr().out
    assert "Zoë" in shown
    assert json.loads(shown) == {
        "at": "2024-01-02T03:04:05+00:00",
        "sum": "1.10",
        "bytes": "01ff",
        "path": "/x",
        "colour": "red",
        "set": [1, 2],
        "text": "Zoë",
    }


def test_json_refuses_what_it_does_not_know():
    with pytest.raises(TypeError, match="object cannot be printed as JSON"):
        print_json(object())
