"""The page about generation lists every rule."""

from __future__ import annotations

from pathlib import Path

from dw_simulator.generator.catalog import markdown_rows, rules
from dw_simulator.generator.registry import RULES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "generation.md"


def test_page_lists_every_rule_as_it_is() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    listed = [line for line in lines[lines.index("## Rules") :] if line.startswith("| `")]
    assert listed == list(markdown_rows())


def test_every_name_is_listed_once() -> None:
    names = [name for rule, others in rules() for name in (rule.name, *others)]
    assert sorted(names) == sorted(RULES)
