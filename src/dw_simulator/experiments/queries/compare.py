"""Compares the results of two queries, wherever they ran.

Columns belong together by name (whatever the case) when both sides have the same names, else by position. Values are
compared by what they mean: 1.50 is 1.5, a moment is the same in every zone, semi-structured values do not mind the
order of their keys, blanks at the end of a CHAR do not count. Binary floating point numbers are equal up to a relative
difference of :data:`TOLERANCE` (:data:`FLOAT4_TOLERANCE` for four-byte ones): the order in which a sum is taken is the
warehouse's own affair. SQLite has no types for dates, booleans and decimals: its texts and numbers are read as what the
other side has.

Rows belong together by the columns of a key if there is one, by position when both statements have an ORDER BY; else
the results are bags: how often does each row occur. Only a digest of each row is in memory; the rows are in files.
"""

from __future__ import annotations

import datetime as dt
import decimal
import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from dw_simulator.errors import NotFound
from dw_simulator.experiments.queries.cells import rows_of
from dw_simulator.experiments.queries.kinds import ColumnKind
from dw_simulator.schema import Warehouse
from dw_simulator.warehouses.base import ResultColumn

if TYPE_CHECKING:
    from dw_simulator.experiments.queries.spool import Spool

TOLERANCE = 1e-9
FLOAT4_TOLERANCE = 1e-6
SHOWN = 200
"""Differences that are told with their rows."""
_TRIED = 64
"""Rows of which each is tried with each of the other side; of more, only neighbours in their order."""
_EXACT = decimal.Context(prec=200)
_FLOAT4 = frozenset({"real", "float4"})
_FLOATS = frozenset({"real", "float4", "double precision", "float", "float8"})

Row = tuple[Any, ...]
Digest = bytes


@dataclass(frozen=True, slots=True)
class Rows:
    """One side: what a warehouse answered."""

    warehouse: Warehouse
    columns: Sequence[ResultColumn]
    kinds: Sequence[ColumnKind]
    spool: Spool


@dataclass(frozen=True, slots=True)
class ComparedColumn:
    """``left_type`` or ``right_type`` is None for a column that only the other side has."""

    name: str
    left_type: str | None
    right_type: str | None
    comparable: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of one side, or two that belong together and differ in ``columns``; cells are as in a page."""

    kind: str
    left: list[Any] | None
    right: list[Any] | None
    columns: list[str]


@dataclass(slots=True)
class Differences:
    """Counts of rows; the first of them are in ``shown``."""

    columns: list[ComparedColumn] = field(default_factory=list)
    only_left: int = 0
    only_right: int = 0
    different: int = 0
    shown: list[Difference] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        same_rows = not (self.only_left or self.only_right or self.different)
        return same_rows and all(column.comparable for column in self.columns)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A column that both sides have."""

    name: str
    left: int
    right: int
    read_left: Callable[[Any], Any]
    read_right: Callable[[Any], Any]
    tolerance: float


def compare(left: Rows, right: Rows, *, ordered: bool, key: Sequence[str] = ()) -> Differences:
    """What differs between two results.

    Raises:
        NotFound: the key names a column that not both have.
    """
    columns, pairs = _pair(left, right)
    found = Differences(columns)
    if not pairs:
        found.only_left, found.only_right = left.spool.rows, right.spool.rows
        return found
    comparison = _Comparison(left, right, pairs, found)
    if key:
        comparison.by_key(_positions(pairs, key))
    elif ordered:
        comparison.by_position()
    else:
        comparison.as_bags()
    return found


# --- columns ----------------------------------------------------------------------------------------------------------
def _pair(left: Rows, right: Rows) -> tuple[list[ComparedColumn], list[_Pair]]:
    names_left = [column.name.lower() for column in left.columns]
    names_right = [column.name.lower() for column in right.columns]
    by_name = sorted(names_left) == sorted(names_right) and len(set(names_left)) == len(names_left)
    if not by_name and len(names_left) == len(names_right):
        places = list(zip(range(len(names_left)), range(len(names_right)), strict=True))
    else:
        places = [(at, names_right.index(name)) for at, name in enumerate(names_left) if name in names_right]
    columns, pairs = [], []
    partner = dict(places)
    for at, column in enumerate(left.columns):
        if at not in partner:
            columns.append(ComparedColumn(column.name, column.type, None, comparable=False))
            continue
        other = right.columns[partner[at]]
        readers = _readers(left, at, right, partner[at])
        columns.append(ComparedColumn(column.name, column.type, other.type, comparable=readers is not None))
        if readers is not None:
            pairs.append(_Pair(column.name, at, partner[at], *readers, _tolerance(column, other)))
    taken = set(partner.values())
    columns += [
        ComparedColumn(column.name, None, column.type, comparable=False)
        for at, column in enumerate(right.columns)
        if at not in taken
    ]
    return columns, pairs


def _positions(pairs: Sequence[_Pair], key: Sequence[str]) -> list[int]:
    names = [pair.name.lower() for pair in pairs]
    for name in key:
        if name.lower() not in names:
            raise NotFound(
                f"the key names the column {name!r}, which is not in both results",
                hint=f"columns of both: {', '.join(pair.name for pair in pairs)}",
            )
    return [names.index(name.lower()) for name in key]


def _tolerance(left: ResultColumn, right: ResultColumn) -> float:
    """0 where both sides are exact. SQLite's REAL has eight bytes."""
    kinds = {(column.type.split("(", 1)[0].lower(), column.type.isupper()) for column in (left, right)}
    if any(name in _FLOAT4 and not is_capital for name, is_capital in kinds):
        return FLOAT4_TOLERANCE
    return TOLERANCE if any(name in _FLOATS | _FLOAT4 for name, _ in kinds) else 0.0


_LIKE_DATES = frozenset({ColumnKind.DATE, ColumnKind.TIMESTAMP})


def _readers(left: Rows, at: int, right: Rows, other: int) -> tuple[Callable[[Any], Any], Callable[[Any], Any]] | None:
    """How the values of a pair of columns are made comparable; None if they cannot be."""
    mine, theirs = left.kinds[at], right.kinds[other]
    common: ColumnKind | None = mine if mine is theirs else None
    if {mine, theirs} <= _LIKE_DATES:
        common = ColumnKind.TIMESTAMP
    elif common is None and left.warehouse is Warehouse.SQLITE:
        common = theirs
    elif common is None and right.warehouse is Warehouse.SQLITE:
        common = mine
    if common is None:
        return None
    return _reader(common, left.columns[at]), _reader(common, right.columns[other])


def _reader(kind: ColumnKind, column: ResultColumn) -> Callable[[Any], Any]:
    if kind is ColumnKind.STRING and column.type.startswith(("character(", '"char"')):
        return _padded
    return _READERS.get(kind, _same)


# --- values: from cells as a page has them ----------------------------------------------------------------------------
def _same(value: Any) -> Any:
    return value


def _padded(value: Any) -> Any:
    return value.rstrip(" ") if isinstance(value, str) else value


def _number(value: Any) -> Any:
    """A Decimal without zeros at its end, or a text that is no number."""
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, float):
        value = repr(value)
    try:
        found = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return value
    if not found.is_finite():
        return str(found)
    return found.normalize(_EXACT) if found else Decimal(0)


def _boolean(value: Any) -> Any:
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    words = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
    return words.get(value.lower(), value) if isinstance(value, str) else value


def _moment(value: Any) -> Any:
    """ISO 8601 in UTC. What has no zone is UTC; a date is its midnight."""
    try:
        moment = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value
    plain = moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return plain.isoformat()


def _time(value: Any) -> Any:
    try:
        return dt.time.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        return value


def _nested(value: Any) -> Any:
    """A text that is the same for equal values."""
    if isinstance(value, str):  # SQLite has JSON as texts
        from dw_simulator.experiments.queries.cells import parsed_json

        value = parsed_json(value)
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


_READERS: dict[ColumnKind, Callable[[Any], Any]] = {
    ColumnKind.NUMBER: _number,
    ColumnKind.BOOLEAN: _boolean,
    ColumnKind.DATE: _moment,
    ColumnKind.TIMESTAMP: _moment,
    ColumnKind.TIME: _time,
    ColumnKind.JSON: _nested,
}


def _close(left: Any, right: Any, tolerance: float) -> bool:
    if left == right:
        return True
    if not tolerance or not isinstance(left, Decimal) or not isinstance(right, Decimal):
        return False
    return math.isclose(left, right, rel_tol=tolerance, abs_tol=tolerance * 1e-6)


def _rounded(value: Any, tolerance: float) -> Any:
    """Values that are close have mostly the same of it, and those that have the same are close."""
    if not tolerance or not isinstance(value, Decimal):
        return value
    digits = 1 - round(math.log10(tolerance))
    return f"{float(value):.{digits - 1}e}"


# --- rows -------------------------------------------------------------------------------------------------------------
class _Comparison:
    def __init__(self, left: Rows, right: Rows, pairs: Sequence[_Pair], found: Differences) -> None:
        self._left = left
        self._right = right
        self._pairs = pairs
        self._found = found

    # --- the three ways -------------------------------------------------------------------------------------------
    def by_position(self) -> None:
        rows_left, rows_right = self._rows(left=True), self._rows(left=False)
        both = min(self._left.spool.rows, self._right.spool.rows)
        for at in range(both):
            self._compare(at, next(rows_left), at, next(rows_right))
        for at in range(both, self._left.spool.rows):
            self._only(left=at)
        for at in range(both, self._right.spool.rows):
            self._only(right=at)

    def by_key(self, key: Sequence[int]) -> None:
        """Rows of one key more than once are paired in the order in which they come."""
        places: dict[Digest, list[int]] = defaultdict(list)
        for at, row in enumerate(self._rows(left=False)):
            places[self._digest([row[position] for position in key])].append(at)
        for group in places.values():
            group.reverse()
        for at, row in enumerate(self._rows(left=True)):
            group = places.get(self._digest([row[position] for position in key]), [])
            if group:
                partner = group.pop()
                self._compare(at, row, partner, self._row(left=False, at=partner))
            else:
                self._only(left=at)
        for at in sorted(at for group in places.values() for at in group):
            self._only(right=at)

    def as_bags(self) -> None:
        """First the rows that are the same once rounded, then those that are close on two sides of a rounding."""
        places: dict[Digest, list[int]] = defaultdict(list)
        for at, row in enumerate(self._rows(left=False)):
            places[self._rounded_digest(row)].append(at)
        for group in places.values():
            group.reverse()
        rest = [at for at, row in enumerate(self._rows(left=True)) if not _taken(places, self._rounded_digest(row))]
        others = sorted(at for group in places.values() for at in group)
        if rest and others and any(pair.tolerance for pair in self._pairs):
            rest, others = self._close_ones(rest, others)
        for at in rest:
            self._only(left=at)
        for at in others:
            self._only(right=at)

    def _close_ones(self, rest: Sequence[int], others: Sequence[int]) -> tuple[list[int], list[int]]:
        """What is left after rows that are close were paired. Candidates agree in all that is exact."""
        groups: dict[Digest, tuple[list[tuple[int, Row]], list[tuple[int, Row]]]] = defaultdict(lambda: ([], []))
        for side, wanted in enumerate((set(rest), set(others))):
            for at, row in enumerate(self._rows(left=side == 0)):
                if at in wanted:
                    groups[self._exact(row)][side].append((at, row))
        left, right = set(rest), set(others)
        for mine, theirs in groups.values():
            small = len(mine) <= _TRIED and len(theirs) <= _TRIED
            for at, other in self._match_all(mine, theirs) if small else self._match_neighbours(mine, theirs):
                left.discard(at)
                right.discard(other)
        return sorted(left), sorted(right)

    def _match_all(self, mine: Sequence[tuple[int, Row]], theirs: list[tuple[int, Row]]) -> Iterator[tuple[int, int]]:
        for at, row in mine:
            match = next((place for place, (_, other) in enumerate(theirs) if not self._differing(row, other)), None)
            if match is not None:
                yield at, theirs.pop(match)[0]

    def _match_neighbours(
        self, mine: list[tuple[int, Row]], theirs: list[tuple[int, Row]]
    ) -> Iterator[tuple[int, int]]:
        mine.sort(key=lambda pair: self._floats(pair[1]))
        theirs.sort(key=lambda pair: self._floats(pair[1]))
        first = second = 0
        while first < len(mine) and second < len(theirs):
            (at, row), (place, other) = mine[first], theirs[second]
            if not self._differing(row, other):
                yield at, place
                first, second = first + 1, second + 1
            elif self._floats(row) <= self._floats(other):
                first += 1
            else:
                second += 1

    def _floats(self, row: Row) -> list[float]:
        pairs = zip(self._pairs, row, strict=True)
        return [float(value) for pair, value in pairs if pair.tolerance and isinstance(value, Decimal)]

    # --- one row --------------------------------------------------------------------------------------------------
    def _compare(self, left: int, row: Row, right: int, other: Row) -> None:
        if columns := self._differing(row, other):
            self._found.different += 1
            if self._has_room():
                self._show("different", self._cells(self._left, left), self._cells(self._right, right), columns)

    def _only(self, *, left: int | None = None, right: int | None = None) -> None:
        if left is not None:
            self._found.only_left += 1
        else:
            self._found.only_right += 1
        if self._has_room():
            mine = None if left is None else self._cells(self._left, left)
            theirs = None if right is None else self._cells(self._right, right)
            self._show("only_right" if left is None else "only_left", mine, theirs, [])

    def _has_room(self) -> bool:
        return len(self._found.shown) < SHOWN

    def _show(self, kind: str, left: list[Any] | None, right: list[Any] | None, columns: list[str]) -> None:
        self._found.shown.append(Difference(kind, left, right, columns))

    def _differing(self, row: Row, other: Row) -> list[str]:
        return [
            pair.name
            for pair, mine, theirs in zip(self._pairs, row, other, strict=True)
            if not _close(mine, theirs, pair.tolerance)
        ]

    def _exact(self, row: Row) -> Digest:
        """Of the columns that must agree to the last digit; of numbers with a tolerance, whether they are there."""
        pairs = zip(self._pairs, row, strict=True)
        return self._digest([isinstance(value, Decimal) if pair.tolerance else value for pair, value in pairs])

    def _rounded_digest(self, row: Row) -> Digest:
        return self._digest([_rounded(value, pair.tolerance) for pair, value in zip(self._pairs, row, strict=True)])

    @staticmethod
    def _digest(values: Sequence[Any]) -> Digest:
        return hashlib.blake2b(repr(tuple(values)).encode("utf-8", "surrogatepass"), digest_size=16).digest()

    # --- reading --------------------------------------------------------------------------------------------------
    def _rows(self, *, left: bool) -> Iterator[Row]:
        """The columns of the pairs, made comparable."""
        side = self._left if left else self._right
        places = [(pair.left, pair.read_left) if left else (pair.right, pair.read_right) for pair in self._pairs]
        for batch in side.spool.read():
            for row in rows_of(batch, side.kinds):
                yield tuple(None if row[at] is None else read(row[at]) for at, read in places)

    def _row(self, *, left: bool, at: int) -> Row:
        side = self._left if left else self._right
        cells = self._cells(side, at)
        places = [(pair.left, pair.read_left) if left else (pair.right, pair.read_right) for pair in self._pairs]
        return tuple(None if cells[place] is None else read(cells[place]) for place, read in places)

    @staticmethod
    def _cells(side: Rows, at: int) -> list[Any]:
        (batch,) = side.spool.read(at, 1)
        return rows_of(batch, side.kinds)[0]


def _taken(places: dict[Digest, list[int]], digest: Digest) -> bool:
    group = places.get(digest)
    if not group:
        return False
    group.pop()
    return True
