"""Tables on their way from nodes to the model: rules are added to them by the tests and constraints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dw_simulator.schema.importers.dbt.nodes import Node


@dataclass
class ColumnDraft:
    name: str
    fields: dict[str, Any] = field(default_factory=dict)
    """fields of the model's column, its type excepted"""
    type: dict[str, Any] | None = None
    """fields that say the type; None while it is not known"""
    values: list[Any] | None = None
    """the only values it may hold"""
    bounds: list[tuple[str, Any, bool]] = field(default_factory=list)
    """("min" or "max", the bound, whether it is itself allowed)"""


@dataclass
class ReferenceDraft:
    """A foreign key; ``target`` is the key of a node, or the name of a table in lower case."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    said_by: str


@dataclass
class TableDraft:
    node: Node
    name: str
    columns: dict[str, ColumnDraft]
    primary_key: list[str] = field(default_factory=list)
    unique_keys: list[list[str]] = field(default_factory=list)
    references: list[ReferenceDraft] = field(default_factory=list)
    rows: int | None = None
    warnings: list[str] = field(default_factory=list)

    def warn(self, text: str) -> None:
        message = f"{self.node.title}: {text}"
        if message not in self.warnings:
            self.warnings.append(message)

    def column(self, name: str) -> ColumnDraft | None:
        return self.columns.get(name.strip('"`').lower())

    def spelled(self, names: Sequence[str]) -> list[str] | None:
        """The columns as they are spelled; None where one does not exist."""
        found = [self.column(name) for name in names]
        return [column.name for column in found if column] if all(found) else None

    def add_unique(self, names: Sequence[str]) -> bool:
        """Whether these columns exist; together they are unique then."""
        spelled = self.spelled(names)
        if not spelled:
            return False
        if len(spelled) == 1:
            self.columns[spelled[0].lower()].fields["is_unique"] = True
        elif spelled not in self.unique_keys:
            self.unique_keys.append(spelled)
        return True
