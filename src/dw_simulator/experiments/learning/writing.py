"""A learned schema as YAML with notes: an ordinary schema file, made to be edited."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import yaml

from dw_simulator.experiments.learning.learn import Learned
from dw_simulator.schema.render import to_plain

_WIDTH = 110


class _Dumper(yaml.SafeDumper):
    """Lists of plain values on one line."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


class _Block(dict[str, Any]):
    """A mapping with one key a line, also where flow style would do."""


def _block(dumper: yaml.SafeDumper, value: _Block) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=False)


_Dumper.add_representer(_Block, _block)


def _number(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    """Whole numbers without a point: weights are counts."""
    if value.is_integer() and abs(value) < 1e15:
        return dumper.represent_int(int(value))
    return dumper.represent_float(value)


_Dumper.add_representer(float, _number)


def to_commented_yaml(learned: Learned) -> str:
    """The experiment as YAML, what was seen as comments before each table and column."""
    data = to_plain(learned.experiment)
    tables = data.pop("tables")
    parts = [_comment(learned.head, 0), _dump(_Block(data), 0), "tables:\n"]
    for table in tables:
        columns = table.pop("columns")
        parts.append(_comment(_of(learned, table["name"]), 2))
        parts.append(_item(_Block(table), 2))
        parts.append("    columns:\n")
        for column in columns:
            parts.append(_comment(_of(learned, f"{table['name']}.{column['name']}"), 6))
            parts.append(_item(column, 6))
    return "".join(parts)


def _of(learned: Learned, name: str) -> Sequence[str]:
    """The notes of a table or column; reserved names are in upper case by now."""
    return next((notes for key, notes in learned.notes.items() if key.lower() == name.lower()), ())


def _comment(notes: Sequence[str], indent: int) -> str:
    lines = [line for note in notes for line in textwrap.wrap(note, _WIDTH - indent)]
    return "".join(f"{' ' * indent}# {line}\n" for line in lines)


def _item(value: dict[str, Any], indent: int) -> str:
    return _dump([value], indent)


def _dump(value: Any, indent: int) -> str:
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=None)
    return textwrap.indent(text, " " * indent)
