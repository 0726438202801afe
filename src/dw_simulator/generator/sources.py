"""What decides the values of columns: each column on its own, or a row of a parent for the columns of a foreign key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dw_simulator.errors import Problem
from dw_simulator.schema.model import Experiment, Reference, Table

Report = Callable[[Problem], None]


@dataclass(frozen=True)
class Source:
    """``columns`` (lower case) get their values together; ``reference`` is the foreign key, if they form one."""

    columns: tuple[str, ...]
    reference: Reference | None = None

    @property
    def is_self(self) -> bool:
        return self.reference is not None and self.reference.parent.lower() == self.reference.table.lower()

    def parent_column(self, column: str) -> str:
        """The parent's column (lower case) that ``column`` refers to."""
        assert self.reference is not None
        return self.reference.parent_columns[self.columns.index(column.lower())].lower()


def sources_of(experiment: Experiment, table: Table, report: Report) -> dict[str, Source]:
    """The source of every column, by its name in lower case. A column has one: what would need two is reported."""
    found: dict[str, Source] = {}
    for source in _composite_sources(table):
        taken = [name for name in source.columns if name in found]
        if not taken:
            found.update(dict.fromkeys(source.columns, source))
        elif not _same_reference(found[taken[0]], source):
            report(_two_keys(table, taken[0]))
    for column in table.columns:
        name = column.name.lower()
        if column.foreign_key is None:
            found.setdefault(name, Source((name,)))
            continue
        key = column.foreign_key
        reference = Reference(table.name, (column.name,), key.table, (key.column,))
        if name not in found:
            found[name] = Source((name,), reference)
        elif not _implied(experiment, found[name], name, reference):
            report(_two_keys(table, column.name))
    return found


def _composite_sources(table: Table) -> Iterator[Source]:
    """The widest keys first: they decide for narrower ones over the same columns."""
    for key in sorted(table.foreign_keys, key=lambda key: -len(key.columns)):
        reference = Reference(table.name, tuple(key.columns), key.table, tuple(key.references))
        yield Source(tuple(name.lower() for name in key.columns), reference)


def _same_reference(one: Source, other: Source) -> bool:
    return _pairs(one) >= _pairs(other)


def _pairs(source: Source) -> set[tuple[str, str, str]]:
    assert source.reference is not None
    parent = source.reference.parent.lower()
    return {(name, parent, source.parent_column(name)) for name in source.columns}


def _implied(experiment: Experiment, source: Source, name: str, reference: Reference) -> bool:
    """Whether the parent's column in ``source`` is the one ``reference`` wants, or refers to it itself."""
    wanted = (reference.parent.lower(), reference.parent_columns[0].lower())
    assert source.reference is not None
    place = (source.reference.parent.lower(), source.parent_column(name))
    seen = set()
    while place != wanted and place not in seen:
        seen.add(place)
        table = experiment.table(place[0])
        column = table.column(place[1]) if table else None
        if column is None or column.foreign_key is None:
            return False
        place = (column.foreign_key.table.lower(), column.foreign_key.column.lower())
    return place == wanted


def _two_keys(table: Table, column: str) -> Problem:
    return Problem(
        f"column {column!r} belongs to two foreign keys that a row would have to meet at once",
        path=f"tables.{table.name}.columns.{column}.foreign_key",
        hint="this is not supported: keep one of the keys, or let the narrower one be declared on the parent's column",
    )
