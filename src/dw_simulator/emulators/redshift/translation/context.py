"""What a translation may know: the session's switches and, when it asks, the columns of the tables it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TableName = tuple[str, ...]
"""A table name as written, folded: ("t",), ("s", "t") or ("db", "s", "t")."""

Columns = Mapping[str, str]
"""Column names to types as format_type prints them (``numeric(8,2)``), in the order of the table."""


class CatalogNeeded(Exception):
    """The translation depends on the columns of ``tables``, or on which ``functions`` exist; try again with them."""

    def __init__(self, tables: frozenset[TableName], functions: frozenset[str] = frozenset()) -> None:
        super().__init__(f"columns of {sorted('.'.join(name) for name in tables)}, functions {sorted(functions)}")
        self.tables = tables
        self.functions = functions


@dataclass(slots=True)
class Context:
    """``tables`` maps what was looked up; a table that does not exist maps to None. ``indexed`` has the columns by
    which the rows of a table are found quickly; None for what is no table. ``functions`` tells of names whether the
    user has made a function of that name; None: there is none of the user's.

    ``inspected_literal`` tells that the result depends on the value of a literal, so that it is no template;
    ``used_catalog`` that it depends on the columns of tables.
    """

    tables: Mapping[TableName, Columns | None] | None = None
    indexed: Mapping[TableName, frozenset[str] | None] | None = None
    functions: Mapping[str, bool] | None = None
    case_sensitive: bool = False
    case_sensitive_super: bool = False
    inspected_literal: bool = False
    used_catalog: bool = False
    wanted: set[TableName] = field(default_factory=set)

    def columns(self, name: TableName) -> Columns | None:
        """Columns of a table of the catalog; None when there is no such table.

        Raises:
            CatalogNeeded: the catalog has not been asked about it yet.
        """
        self.used_catalog = True
        if self.tables is None or name not in self.tables:
            raise CatalogNeeded(frozenset(self.wanted | {name}))
        return self.tables[name]

    def leading(self, name: TableName) -> frozenset[str] | None:
        """The first columns of a table's indexes; None when it is no table, or nothing is known of indexes.

        Raises:
            CatalogNeeded: the catalog has not been asked about it yet.
        """
        self.columns(name)
        return None if self.indexed is None else self.indexed.get(name)

    def has_function(self, name: str) -> bool:
        """Whether there is a function of the user's that is called so.

        Raises:
            CatalogNeeded: the catalog has not been asked about it yet.
        """
        if self.functions is None:
            return False
        self.used_catalog = True
        if name not in self.functions:
            raise CatalogNeeded(frozenset(), frozenset((name,)))
        return self.functions[name]
