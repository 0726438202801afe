"""The built-in rules as a table, for documentation, the command line and the API."""

from __future__ import annotations

from collections.abc import Iterator

import dw_simulator.generator.columns  # noqa: F401 - fills the registries
from dw_simulator.generator.registry import RULES, Rule


def rules() -> list[tuple[Rule, tuple[str, ...]]]:
    """Every built-in rule with its other names, by name."""
    others: dict[str, list[str]] = {}
    for name, rule in RULES.items():
        names = others.setdefault(rule.name, [])
        if name != rule.name:
            names.append(name)
    return [(RULES[name], tuple(sorted(others[name]))) for name in sorted(others)]


def markdown_rows() -> Iterator[str]:
    """``| name | other names | what it makes |``, one row a rule."""
    for rule, others in rules():
        name = f"`{rule.name}:…`" if rule.takes_argument else f"`{rule.name}`"
        argument = f" (after the colon: {rule.takes_argument})" if rule.takes_argument else ""
        text = f"{rule.description}{argument}".replace("|", "\\|")
        yield f"| {name} | {', '.join(f'`{other}`' for other in others)} | {text} |"
