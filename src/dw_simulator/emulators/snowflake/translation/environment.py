"""What a statement is bound against: a read-only view of catalog and session."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from dw_simulator.emulators.snowflake.parameters import ParameterValue
from dw_simulator.emulators.snowflake.results import ResultColumn
from dw_simulator.emulators.snowflake.translation.grouped import References
from dw_simulator.emulators.snowflake.translation.nodes import Call, Expr, TableRef
from dw_simulator.emulators.snowflake.translation.scope import OutputColumn, Relation
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types.model import SnowflakeType


@dataclass(frozen=True, slots=True)
class PolicyCall:
    """A policy as it is applied: its expression, its arguments, and the columns (by key) that they are.

    ``parts`` is the policy's full name; ``column`` the masked column, None for a row access policy.
    """

    parts: tuple[str, str, str]
    owner: str
    text: str
    arguments: list[tuple[str, SnowflakeType]]
    returns: SnowflakeType
    keys: tuple[str, ...]
    column: str | None


@dataclass(frozen=True, slots=True)
class Protection:
    """What is applied to the table or view ``parts`` before a query sees it: masks by the column's key."""

    parts: tuple[str, str, str]
    masks: Mapping[str, PolicyCall]
    rows: PolicyCall | None


@dataclass(slots=True)
class TableSource:
    """A table as the binder sees it: SQL that reads it, its columns (``key`` is the physical name), its full name."""

    sql: str
    columns: list[OutputColumn]
    parts: tuple[str, str, str]
    computed: Mapping[str, str] = field(default_factory=dict)
    """Columns that are not stored, and the Snowflake expression of each."""
    protection: Protection | None = None
    volatile: bool = False
    """The SQL holds for this execution only."""
    is_snapshot: bool = False
    """A read only table, whose rows have the positions that Snowpark pandas asks for."""


@dataclass(slots=True)
class ViewSource:
    """A view: its query, bound in the view's own database and schema."""

    text: str
    columns: list[str]
    parts: tuple[str, str, str]
    owner: str = ""
    keys: list[str] = field(default_factory=list)
    """How ``protection`` calls the columns."""
    protection: Protection | None = None
    hidden: frozenset[str] = frozenset()
    """Columns that can be named but are left out of ``*``."""


USUAL_CENTURY = 1970
"""The default of TWO_DIGIT_CENTURY_START."""
ROWS = "rows"
"""The hint with the state in which the tables of a view are read, for its changes: a :class:`TableStates`."""


class TableStates(Protocol):
    """Tables at some time, whose rows have ids."""

    def prepare(self, query: Any) -> None:
        """Let the query of a view give the ids of its rows."""

    def sql(self, parts: tuple[str, str, str]) -> str:
        """SQL of the rows of a table with their ids."""


@runtime_checkable
class LateSource(Protocol):
    """What is read like a table, and needs the binder to tell how."""

    @property
    def parts(self) -> tuple[str, str, str]: ...

    def bind(self, binder: Any) -> TableSource: ...


@runtime_checkable
class PartitionedFunction(Protocol):
    """A table function that is given all rows of the tables before it, in partitions."""

    def join(
        self, binder: Any, call: Any, left_sql: str, left: list[Relation], alias: Any
    ) -> tuple[str, list[Relation]]:
        """SQL of the tables before it joined with what it gives, and their columns."""


class CatalogView(Protocol):
    """Read-only. Names are folded."""

    def resolve_source(self, parts: tuple[str, ...]) -> TableSource | ViewSource | LateSource:
        """The table or view of that (maybe partial) name. Raises 002003."""
        ...

    def moment(self, binder: Any, written: tuple[str, str, Expr]) -> Any:
        """The point in time that ``AT (…)`` means."""
        ...

    def earlier(self, binder: Any, source: TableRef, moment: Any, found: TableSource) -> TableSource:
        """A table as it was at a moment, or its CHANGES since then."""
        ...

    def schemas(self) -> list[tuple[str, str]]:
        """The schemas that a query's unqualified names are looked up in."""
        ...

    def sequence_next(self, parts: tuple[str, ...]) -> str | None:
        """SQL of the next value of a sequence; None if there is none of that name."""
        ...

    def view_changes(self, binder: Any, source: TableRef, moment: Any, found: ViewSource) -> TableSource: ...

    def user_function(self, binder: Any, call: Call) -> Any | None:
        """A call of a function that a user made; None: there is none of that name."""
        ...

    def user_table(self, binder: Any, call: Call) -> Any | None:
        """What binds a call of a table function that a user made; None: there is none of that name."""
        ...


@dataclass(slots=True)
class Environment:
    """Where and how a statement is bound. ``volatile`` is set when the SQL holds for this execution only."""

    catalog: CatalogView
    database: str | None
    schema: str | None
    parameter: Callable[[str], ParameterValue]
    variables: Mapping[str, Typed]
    binds: Mapping[str, Typed]
    now: dt.datetime
    context: Mapping[str, str | None] = field(default_factory=dict)
    """Values of context functions: CURRENT_USER, CURRENT_ROLE, CURRENT_SESSION, LAST_QUERY_ID …"""
    query_ids: Callable[[int], str | None] = lambda _: None
    result_columns: Callable[[str], tuple[str, list[ResultColumn]]] | None = None
    """RESULT_SCAN: SQL that reads the kept result of a query id, and its columns."""
    evaluate: Callable[[str], list[tuple[Any, ...]]] | None = None
    """Run a lowered query now (PIVOT's ANY, subqueries in IN)."""
    wide_integers: bool = False
    volatile: bool = False
    describing: bool = False
    """Only columns are wanted: binds may be without values."""
    array_binds: tuple[str, Mapping[str, Typed]] | None = None
    """A table of values for one row of VALUES (its name, and its columns by what they are bound to)."""
    hints: dict[str, Any] = field(default_factory=dict)
    sources: list[tuple[str, str, str]] = field(default_factory=list)
    """Tables and views that were read, also through views."""
    references: References = field(default_factory=dict)
    """Columns that the statement names, for errors."""
    unrepeatable: list[str] = field(default_factory=list)
    """What the query uses that may be different each time it is run, although nothing has changed."""
    lineage: set[tuple[str, str, str, str]] | None = None
    """The columns of tables and views that the expression names, where it is wanted what columns are made of."""
    protected: list[str] = field(default_factory=list)
    """Names of the tables and views whose policies were applied."""

    def zone(self) -> str:
        return str(self.parameter("TIMEZONE"))

    def reading(self) -> str:
        """What texts of dates and times are read with: the zone, and ``|`` and TWO_DIGIT_CENTURY_START if it is set."""
        century = self.parameter("TWO_DIGIT_CENTURY_START")
        return self.zone() if century == USUAL_CENTURY else f"{self.zone()}|{century}"
