"""Finds the example schemas: in the installed package, or in the repository it runs from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from dw_simulator.errors import NotFound


def example_text(name: str) -> str:
    """The text of an example, such as ``tickit/redshift.sql``.

    Raises:
        NotFound: this installation has no such example.
    """
    packaged = files("dw_simulator").joinpath("examples").joinpath(name)
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    beside = Path(__file__).resolve().parents[4] / "examples" / name
    if beside.is_file():
        return beside.read_text(encoding="utf-8")
    raise NotFound(f"this installation has no example {name!r}", hint="install dw-simulator again")
