"""What every check sees: the experiment, its tables by name, the rows wanted, and where problems go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from dw_simulator.errors import Problem
from dw_simulator.schema.model import Column, Experiment, Table
from dw_simulator.schema.reserved import systems_of


@dataclass
class Context:
    experiment: Experiment
    rows: Mapping[str, int] = field(default_factory=dict)
    """rows wanted instead of ``target_rows``, by table name in any case"""
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.systems = systems_of(self.experiment)
        self.tables = {table.name.lower(): table for table in self.experiment.tables}
        self._columns = {
            id(table): {column.name.lower(): column for column in table.columns} for table in self.experiment.tables
        }
        self._rows = {name.lower(): count for name, count in self.rows.items()}

    def table(self, name: str) -> Table | None:
        return self.tables.get(name.lower())

    def column(self, table: Table, name: str) -> Column | None:
        return self._columns[id(table)].get(name.lower())

    def rows_of(self, table: Table) -> int:
        """The rows that the table must have room for: with those of all days that can be added."""
        growing = table.growth.most_rows if table.growth else 0
        return self._rows.get(table.name.lower(), table.target_rows) + growing

    def each_column(self) -> Iterator[tuple[Table, Column]]:
        for table in self.experiment.tables:
            for column in table.columns:
                yield table, column

    def report(self, path: str, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(message, path=path, hint=hint))


Check = Callable[[Context], None]


def table_path(table: Table, *parts: str) -> str:
    return ".".join(("tables", table.name, *parts))


def column_path(table: Table, column: Column, *parts: str) -> str:
    return ".".join(("tables", table.name, "columns", column.name, *parts))
