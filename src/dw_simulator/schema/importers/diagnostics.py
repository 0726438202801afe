"""Remarks on a script that was imported, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from dw_simulator.errors import Problem
from dw_simulator.schema.model import Experiment, Table

Place = tuple[int, int]
"""Line and column, 1-based."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """``warning``: something of the experiment is not as it was written; ``info``: a statement was skipped."""

    severity: Literal["warning", "info"]
    message: str
    line: int | None = None
    column: int | None = None
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """An experiment from a script. ``places`` has those of tables (column None) and columns, names in lower case."""

    experiment: Experiment
    diagnostics: tuple[Diagnostic, ...] = ()
    places: Mapping[tuple[str, str | None], Place] = field(default_factory=dict)

    def changed_to(self, experiment: Experiment) -> Imported:
        """The same import after names were quoted: the warnings that this added are diagnostics too."""
        pairs = zip(self.experiment.tables, experiment.tables, strict=True)
        added = tuple(one for old, new in pairs for one in self._added(old, new))
        return replace(self, experiment=experiment, diagnostics=self.diagnostics + added)

    def _added(self, old: Table, new: Table) -> Iterator[Diagnostic]:
        messages = new.warnings[len(old.warnings) :]
        for message, name in zip(messages, _newly_quoted(old, new), strict=False):
            line, column = self.places.get((old.name.lower(), name), (None, None))
            yield Diagnostic("warning", message, line, column, new.name)

    def placed(self, problems: Iterable[Problem]) -> list[Problem]:
        """Problems of the model, such as of ``tables.orders.columns.id``, with the places of what they are about."""
        known = {self._path(table, column): place for (table, column), place in self.places.items()}
        return [self._placed(problem, known) for problem in problems]

    @staticmethod
    def _path(table: str, column: str | None) -> str:
        return f"tables.{table}" if column is None else f"tables.{table}.columns.{column}"

    @staticmethod
    def _placed(problem: Problem, known: Mapping[str, Place]) -> Problem:
        path = problem.path.lower()
        while problem.line is None and path:
            if path in known:
                line, column = known[path]
                return replace(problem, line=line, column=column)
            path = path.rpartition(".")[0]
        return problem


def _newly_quoted(old: Table, new: Table) -> Iterator[str | None]:
    """In the order of the warnings: columns, then the table itself."""
    for before, after in zip(old.columns, new.columns, strict=True):
        if after.quoted and not before.quoted:
            yield before.name.lower()
    if new.quoted and not old.quoted:
        yield None
