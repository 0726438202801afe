"""What a dbt project says of its relations, in one form for property files and manifests."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from dw_simulator.schema.model import Dialect

Kind = Literal["source", "seed", "model"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass
class NodeColumn:
    name: str
    data_type: str | None = None
    comment: str | None = None
    quoted: bool = False
    plain_type: dict[str, Any] | None = None
    """fields of the model's column that say its type, where the type is not declared but seen (a seed's file)"""


@dataclass(frozen=True)
class Test:
    """A generic data test. ``name`` without its package; ``column`` is None for a test of the whole relation."""

    __test__ = False
    name: str
    column: str | None
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Constraint:
    """A constraint of a model's contract. ``to``: an expression such as ref('x') or the name of a relation."""

    kind: str
    columns: tuple[str, ...]
    to: str | None = None
    to_columns: tuple[str, ...] = ()
    expression: str | None = None


@dataclass
class Node:
    """A source table, a seed or a model. ``keys``: how tests refer to it, see :func:`target_of`."""

    kind: Kind
    keys: tuple[str, ...]
    name: str
    title: str
    """for messages: ``model 'orders'``"""
    columns: dict[str, NodeColumn] = field(default_factory=dict)
    """by name in lower case"""
    tests: list[Test] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    comment: str | None = None
    quoted: bool = False
    rows: int | None = None
    """rows of a seed's file"""
    unique_id: str = ""
    """the node's id in manifest and catalog, where that is known"""

    def add_column(self, column: NodeColumn) -> NodeColumn:
        return self.columns.setdefault(column.name.lower(), column)


@dataclass
class Collected:
    """Everything that was read, and what was left out."""

    name: str | None = None
    adapter: str | None = None
    """the warehouse's name in dbt: redshift, snowflake, postgres …"""
    nodes: list[Node] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DbtOptions:
    """How a project is read. ``dialect``: of its types, before that of its adapter; ``kinds``: which relations become
    tables; ``catalog``: what ``catalog.json`` says beside a manifest."""

    dialect: Dialect | None = None
    kinds: Collection[Kind] = KINDS
    catalog: Mapping[str, Any] | None = None


# --- Jinja -----------------------------------------------------------------------------------------
def has_jinja(value: object) -> bool:
    """Whether a text, or one within a list or mapping, is only known once dbt has rendered it."""
    if isinstance(value, str):
        return "{{" in value or "{%" in value
    if isinstance(value, Mapping):
        return any(has_jinja(each) for each in value.values())
    return isinstance(value, Sequence) and any(has_jinja(each) for each in value)


_CALL = re.compile(r"\b(ref|source)\s*\(([^()]*)\)")
_ARGUMENT = re.compile(r"""\s*(?:(v|version)\s*=\s*)?(?:'([^']*)'|"([^"]*)"|(\d+(?:\.\d+)?))\s*""")


def target_of(expression: str) -> str | None:
    """The key of the node that ``ref('orders')``, ``ref('orders', v=2)`` or ``source('shop', 'orders')`` names.

    None where the expression has no such call or more than one.
    """
    calls = _CALL.findall(expression)
    if len(calls) != 1:
        return None
    function, written = calls[0]
    names: list[str] = []
    version: str | None = None
    for part in written.split(","):
        match = _ARGUMENT.fullmatch(part)
        if match is None:
            return None
        text = next(group for group in match.groups()[1:] if group is not None)
        if match.group(1):
            version = text
        else:
            names.append(text)
    if function == "source":
        return source_key(*names) if len(names) == 2 else None
    return ref_key(names[-1], version) if 1 <= len(names) <= 2 else None


def source_key(source: str, table: str) -> str:
    return f"source {source}.{table}"


def ref_key(name: str, version: object = None) -> str:
    return f"ref {name}" if version is None else f"ref {name} v{version}"
