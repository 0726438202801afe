"""What names mean at a place in a query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dw_simulator.emulators.snowflake.results import Reuse
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.collations import column_sql
from dw_simulator.emulators.snowflake.translation.grouped import References
from dw_simulator.emulators.snowflake.translation.text import identifier
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

Lineage = frozenset[tuple[str, str, str, str]]
"""Columns of tables and views, by database, schema, table and name."""
ROW_NAME = "%row"
"""The hidden column with the ids of rows, of tables and views whose changes are told."""


@dataclass(slots=True)
class Column:
    """``sql`` refers to the column from inside the query. Hidden ones are left out of ``*`` and lose to others."""

    name: str
    type: SnowflakeType
    sql: str
    hidden: bool = False
    origin: tuple[str, str, str] | None = None
    collation: str | None = None
    lineage: Lineage = frozenset()


@dataclass(slots=True)
class Relation:
    """Something of a FROM clause. ``parts`` is the qualified name that may prefix its columns."""

    parts: tuple[str, ...]
    columns: list[Column]

    def matches(self, qualifier: tuple[str, ...]) -> bool:
        size = len(qualifier)
        return size <= len(self.parts) and self.parts[len(self.parts) - size :] == qualifier


@dataclass(slots=True)
class OutputColumn:
    """A column of a bound query: ``name`` as Snowflake shows it, ``key`` the name in the emitted SQL."""

    name: str
    type: SnowflakeType
    key: str
    origin: tuple[str, str, str] | None = None
    collation: str | None = None
    lineage: Lineage = frozenset()
    """The columns of tables and views that its values are made of, where that is wanted."""


@dataclass(slots=True)
class BoundQuery:
    sql: str
    columns: list[OutputColumn]
    reuse: Reuse = field(default=Reuse.NEVER, kw_only=True)
    """When its result may stand for a later one."""
    references: References = field(default_factory=dict, kw_only=True)
    """Columns that it names, for errors."""

    def relation(self, alias_sql: str, parts: tuple[str, ...], names: list[str] | None = None) -> Relation:
        """This query as a relation called ``alias_sql`` in SQL; ``names`` rename its first columns."""
        renamed = [*(names or []), *(column.name for column in self.columns[len(names or []) :])]
        return Relation(
            parts,
            [
                Column(
                    name,
                    column.type,
                    f"{alias_sql}.{identifier(column.key)}",
                    False,
                    column.origin,
                    column.collation,
                    column.lineage,
                )
                for name, column in zip(renamed, self.columns, strict=False)
            ],
        )


def collate_columns(relation: Relation) -> None:
    """Let the columns of a stored table be compared by their collations; those of a query are already."""
    for column in relation.columns:
        if column.collation:
            column.sql = column_sql(column.sql, column.collation)


@dataclass(slots=True)
class CteSource:
    """A CTE in scope: its name in SQL and its columns."""

    sql_name: str
    columns: list[OutputColumn]


@dataclass(slots=True)
class Scope:
    """Names of one SELECT; ``parent`` is the scope of the query around a subquery."""

    parent: Scope | None = None
    relations: list[Relation] = field(default_factory=list)
    ctes: dict[str, CteSource] = field(default_factory=dict)
    with_parts: list[str] = field(default_factory=list)
    """SQL of the CTEs of this scope's WITH, in order."""
    aliases: dict[str, n.Expr] = field(default_factory=dict)
    join_aliases: dict[str, n.Expr] = field(default_factory=dict)
    """The aliases as conditions of joins see them; what else is in FROM sees none."""
    windows: dict[str, n.Window] = field(default_factory=dict)
    parameters: dict[str, Typed] = field(default_factory=dict)
    """Parameters of the lambdas around."""
    connect: ConnectScope | None = None
    expanding: set[str] = field(default_factory=set)

    def child(self) -> Scope:
        return Scope(parent=self)

    def find_cte(self, name: str) -> CteSource | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.ctes:
                return scope.ctes[name]
            scope = scope.parent
        return None

    def candidates(self, parts: tuple[str, ...]) -> list[Column]:
        """The columns of this scope (not of its parents) that ``parts`` may mean."""
        qualifier, name = parts[:-1], parts[-1]
        found = [
            column
            for relation in self.relations
            if not qualifier or relation.matches(qualifier)
            for column in relation.columns
            if column.name == name
        ]
        visible = [column for column in found if not column.hidden]
        return visible or found


@dataclass(slots=True)
class ConnectScope:
    """Inside CONNECT BY: relation whose columns PRIOR means, and the columns LEVEL and paths."""

    prior: Relation | None = None
    level: str = ""
    roots: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)


def unique_keys(names: Iterable[str]) -> list[str]:
    """Names made different from each other without regard to case, as DuckDB needs them."""
    taken: set[str] = set()
    keys: list[str] = []
    for name in names:
        key, count = name, 1
        while key.lower() in taken:
            key, count = f"{name}:{count}", count + 1
        taken.add(key.lower())
        keys.append(key)
    return keys
