"""What a script says, before it becomes the model: keys by name, references not yet resolved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dw_simulator.schema.importers.sql.tokens import Token

Report = Callable[[str, Token, str | None], None]
"""(message, place, hint)"""


@dataclass
class ReferenceDraft:
    """A foreign key; ``references`` is empty where the primary key of the table is meant."""

    columns: list[str]
    table: str
    references: list[str]
    token: Token


@dataclass
class ColumnDraft:
    name: str
    token: Token
    quoted: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    """fields of the model's column that the definition gives"""
    known_type: bool = True


@dataclass
class TableDraft:
    name: str
    token: Token
    quoted: bool = False
    columns: list[ColumnDraft] = field(default_factory=list)
    primary_key: list[str] = field(default_factory=list)
    unique: list[tuple[list[str], Token]] = field(default_factory=list)
    references: list[ReferenceDraft] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    """fields of the model's table that the definition gives"""
    sort_columns: list[str] = field(default_factory=list)
    """columns with the attribute SORTKEY"""
    notes: list[tuple[str, Token]] = field(default_factory=list)
    """what was left out and where, for the warnings"""
    has_surrogate: bool = False
    """whether a surrogate key column was put before the columns"""

    def column(self, name: str) -> ColumnDraft | None:
        wanted = name.lower()
        return next((column for column in self.columns if column.name.lower() == wanted), None)


@dataclass
class ScriptDraft:
    tables: dict[str, TableDraft] = field(default_factory=dict)
    """by name in lower case, in the order of the script"""
    skipped: list[tuple[str, Token]] = field(default_factory=list)
    """(kind of statement, its first word) of what does not concern tables"""
    broken: bool = False
    """a statement could not be read, so that tables or columns may be missing"""
