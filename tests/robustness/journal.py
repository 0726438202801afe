"""What clients were promised, and whether it is so.

A client works on *facts*: a key such as ``("redshift", "orders", 17)`` and a value, the content of the database under
that key. The first element of a value is the number of rows found, so that a doubled row is a different value. An
*operation* moves one or several facts from a value to another, all or none:

- acknowledged: the store said yes. All facts must have the new value, whatever was killed since.
- abandoned: the client never asked for the commit. No fact may have changed.
- in doubt: the answer to the commit was lost. All facts have the old value or all have the new one.

A fact in doubt is never touched again, so at the end each fact has one or two allowed values.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

Key = tuple[str | int, ...]
Value = tuple[Any, ...] | None
"""``(number of rows, …)``; None where there is nothing under the key."""


class Outcome(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ABANDONED = "abandoned"
    IN_DOUBT = "in doubt"


@dataclass(frozen=True, slots=True)
class Change:
    key: Key
    before: Value
    after: Value


@dataclass(slots=True, eq=False)
class Operation:
    """``commits`` says that the commit was asked for (an autocommitted statement asks with the first byte)."""

    number: int
    kind: str
    changes: Sequence[Change]
    commits: bool = False
    outcome: Outcome = Outcome.OPEN
    error: str = ""
    began: float = field(default_factory=time.time)
    ended: float = 0.0

    def committing(self) -> None:
        self.commits = True

    @property
    def is_acknowledged(self) -> bool:
        return self.outcome is Outcome.ACKNOWLEDGED


class Journal:
    """The operations of all clients. Safe to share by threads; also kept as JSON lines in a file to look at later."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._file = path.open("w")
        self._values: dict[Key, Value] = {}
        self._unsettled: set[Key] = set()
        self.operations: list[Operation] = []

    @contextmanager
    def operation(self, kind: str, changes: Mapping[Key, Value]):
        """Record an operation: its outcome follows from how the block ends. Errors go on to the caller."""
        with self._lock:
            moves = [Change(key, self._values.get(key), after) for key, after in changes.items()]
            assert not any(key in self._unsettled for key in changes), "a fact in doubt is never touched again"
            operation = Operation(len(self.operations), kind, moves)
            self.operations.append(operation)
            self._unsettled.update(changes)
        try:
            yield operation
        except BaseException as error:
            self._end(operation, Outcome.IN_DOUBT if operation.commits else Outcome.ABANDONED, error)
            raise
        self._end(operation, Outcome.ACKNOWLEDGED)

    def settled(self, keys: Sequence[Key]) -> list[Key]:
        """Those of ``keys`` whose value is known for certain."""
        with self._lock:
            return [key for key in keys if key not in self._unsettled]

    def value(self, key: Key) -> Value:
        with self._lock:
            return self._values.get(key)

    def _end(self, operation: Operation, outcome: Outcome, error: BaseException | None = None) -> None:
        with self._lock:
            operation.outcome = outcome
            operation.ended = time.time()
            operation.error = "" if error is None else f"{type(error).__name__}: {error}"
            if outcome is not Outcome.IN_DOUBT:
                self._unsettled.difference_update(change.key for change in operation.changes)
            if outcome is Outcome.ACKNOWLEDGED:
                self._values.update({change.key: change.after for change in operation.changes})
            self._file.write(json.dumps(asdict(operation)) + "\n")
            self._file.flush()

    def close(self) -> None:
        self._file.close()


@dataclass
class Audit:
    """What was found. ``problems`` names each fact that is not as it must be."""

    facts: int = 0
    rows: int = 0
    operations: dict[str, dict[str, int]] = field(default_factory=dict)
    in_doubt_done: int = 0
    lost: int = 0
    doubled: int = 0
    torn: int = 0
    wrong: int = 0
    strays: int = 0
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def audit(operations: Sequence[Operation], found: Mapping[Key, Value]) -> Audit:
    """Compare what the stores hold with what they promised."""
    report = Audit(operations=_outcomes(operations))
    final: dict[Key, Value] = {}
    doubts: list[Operation] = []
    for operation in operations:
        for change in operation.changes:
            final.setdefault(change.key, change.before)
        if operation.outcome is Outcome.ACKNOWLEDGED:
            final.update({change.key: change.after for change in operation.changes})
        elif operation.outcome in (Outcome.IN_DOUBT, Outcome.OPEN):
            doubts.append(operation)
    for operation in doubts:
        _judge_doubt(report, operation, found, final)
    for key, value in final.items():
        report.facts += 1
        report.rows += value[0] if value else 0
        _judge(report, key, value, found.get(key))
    for key in found.keys() - final.keys():
        report.strays += 1
        report.problems.append(f"stray: {key} holds {found[key]}, which nobody wrote")
    return report


def _judge_doubt(report: Audit, operation: Operation, found: Mapping[Key, Value], final: dict[Key, Value]) -> None:
    """An operation in doubt: let it be what the store says, if that is the whole of it or nothing of it."""
    done = [change for change in operation.changes if found.get(change.key) == change.after]
    undone = [change for change in operation.changes if found.get(change.key) == change.before]
    if len(done) == len(operation.changes):
        report.in_doubt_done += 1
        final.update({change.key: change.after for change in operation.changes})
    elif done and undone:
        report.torn += 1
        report.problems.append(f"torn: operation {operation.number} ({operation.kind}) is there in part: {done}")
        final.update({change.key: change.after for change in done})


def _judge(report: Audit, key: Key, expected: Value, value: Value) -> None:
    if value == expected:
        return
    count, wanted = (value[0] if value else 0), (expected[0] if expected else 0)
    if count < wanted:
        report.lost += 1
    elif count > wanted:
        report.doubled += 1
    else:
        report.wrong += 1
    report.problems.append(f"wrong: {key} should hold {expected}, holds {value}")


def _outcomes(operations: Sequence[Operation]) -> dict[str, dict[str, int]]:
    counted: dict[str, Counter[str]] = {}
    for operation in operations:
        counted.setdefault(operation.kind, Counter())[operation.outcome.value] += 1
    return {kind: dict(sorted(counts.items())) for kind, counts in sorted(counted.items())}
