"""What tables with history and their change events promise, as statements that count the rows which break it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dw_simulator.experiments.verification.report import Promise, Rule
from dw_simulator.schema import Column, DataType, Experiment, Table, Warehouse
from dw_simulator.schema.history import Cdc, History
from dw_simulator.warehouses.names import column_name, literal, table_name
from dw_simulator.warehouses.settling import is_open


def versions(experiment: Experiment, table: Table, warehouse: Warehouse) -> Iterator[Promise]:
    """The promises of a table that has history, tells of one, or refers to versions."""
    if table.history is not None:
        yield from _Versions(table, table.history, warehouse).promises()
    source = experiment.table(table.cdc.of) if table.cdc is not None else None
    if table.cdc is not None and source is not None and source.history is not None:
        yield from _Events(table, table.cdc, source, source.history, warehouse).promises()
    for column in table.columns:
        yield from _as_of(experiment, table, column, warehouse)


class _Versions:
    def __init__(self, table: Table, history: History, warehouse: Warehouse) -> None:
        self._table, self._history, self._warehouse = table, history, warehouse
        self._name = table_name(table, warehouse)
        self._key, self._from, self._to = (
            self._column(name) for name in (history.key, history.valid_from, history.valid_to)
        )

    def _column(self, name: str) -> str:
        column = self._table.column(name)
        assert column is not None
        return column_name(column, self._warehouse)

    def promises(self) -> Iterator[Promise]:
        history, is_last = self._history, is_open(self._table, self._warehouse)
        ends = (
            f"(following IS NULL AND NOT {self._true(is_last)}) OR (following IS NOT NULL AND "
            f"({self._to} IS NULL OR {self._to} <> following))"
        )
        expected = "ends when the next version of the key starts, the last one never"
        yield self._ordered((history.valid_from, history.valid_to), expected, ends)
        yield self._ordered((history.valid_from,), "starts before it ends", f"{self._to} <= {self._from}")
        if history.version is not None:
            number = self._column(history.version)
            yield self._ordered((history.version,), "counts the versions of the key", f"{number} <> place")
        yield self._one_current(is_last)
        if history.created_at is not None:
            created = self._column(history.created_at)
            yield self._ordered(
                (history.created_at,), "when the first version starts", f"place = 1 AND {created} <> {self._from}"
            )
        yield from self._stays()
        yield from self._changes()

    def _ordered(self, columns: tuple[str, ...], expected: str, broken: str) -> Promise:
        window = f"OVER (PARTITION BY {self._key} ORDER BY {self._from})"
        inner = (
            f"SELECT t.*, LEAD({self._from}) {window} AS following, ROW_NUMBER() {window} AS place "
            f"FROM {self._name} AS t"
        )
        return Promise(Rule.VERSIONS, columns, expected, f"SELECT COUNT(*) FROM ({inner}) AS v WHERE {broken}")

    def _true(self, condition: str) -> str:
        return f"({condition})" if condition.endswith("IS NULL") else f"COALESCE({condition}, FALSE)"

    def _one_current(self, is_last: str) -> Promise:
        current = self._history.is_current
        column = self._table.column(current) if current is not None else None
        condition = is_last if column is None else is_set(column, self._warehouse)
        counted = f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END)"
        sql = (
            f"SELECT COUNT(*) FROM (SELECT {self._key} FROM {self._name} GROUP BY {self._key} "
            f"HAVING {counted} <> 1 OR {counted} <> SUM(CASE WHEN {is_last} THEN 1 ELSE 0 END)) AS k"
        )
        return Promise(Rule.VERSIONS, (current or self._history.valid_to,), "one current version of each key", sql)

    def _stays(self) -> Iterator[Promise]:
        for column in self._table.columns:
            if self._history.tracks(column.name) or self._history.role_of(column.name) or _is_opaque(column):
                continue
            name = column_name(column, self._warehouse)
            if column.name.lower() != self._history.key.lower():
                sql = (
                    f"SELECT COUNT(*) FROM (SELECT {self._key} FROM {self._name} GROUP BY {self._key} HAVING "
                    f"COUNT(DISTINCT {name}) > 1 OR COUNT({name}) NOT IN (0, COUNT(*))) AS k"
                )
                yield Promise(Rule.VERSIONS, (column.name,), "the same in all versions of a key", sql)

    def _changes(self) -> Iterator[Promise]:
        names = [*self._history.changes, *([self._history.is_deleted] if self._history.is_deleted else [])]
        columns = [column for name in names if (column := self._table.column(name)) and not _is_opaque(column)]
        if len(columns) < len(names):
            return  # what cannot be compared may have changed
        window = f"OVER (PARTITION BY {self._key} ORDER BY {self._from})"
        own = [column_name(column, self._warehouse) for column in columns]
        before = ", ".join(f"LAG({name}) {window} AS before_{place}" for place, name in enumerate(own))
        equal = " AND ".join(
            f"(before_{place} = {name} OR (before_{place} IS NULL AND {name} IS NULL))"
            for place, name in enumerate(own)
        )
        inner = f"SELECT t.*, ROW_NUMBER() {window} AS place, {before} FROM {self._name} AS t"
        sql = f"SELECT COUNT(*) FROM ({inner}) AS v WHERE place > 1 AND {equal}"
        yield Promise(Rule.VERSIONS, tuple(names), "one of them differs from the version before", sql)


class _Events:
    def __init__(self, table: Table, cdc: Cdc, source: Table, history: History, warehouse: Warehouse) -> None:
        self._table, self._cdc, self._source, self._history = table, cdc, source, history
        self._warehouse = warehouse
        self._name = table_name(table, warehouse)

    def _column(self, name: str) -> str:
        column = self._table.column(name)
        assert column is not None
        return column_name(column, self._warehouse)

    def promises(self) -> Iterator[Promise]:
        cdc = self._cdc
        sequence, time = self._column(cdc.sequence), self._column(cdc.time)
        inner = f"SELECT {time} AS moment, LAG({time}) OVER (ORDER BY {sequence}) AS earlier FROM {self._name}"
        sql = f"SELECT COUNT(*) FROM ({inner}) AS e WHERE moment < earlier"
        yield Promise(Rule.REPLAY, (cdc.sequence, cdc.time), "later events at later moments", sql)
        kinds = dict.fromkeys(
            (cdc.operations.insert, cdc.operations.update, cdc.operations.delete, cdc.operations.snapshot or "")
        )
        listed = ", ".join(literal(kind) for kind in kinds if kind)
        sql = f"SELECT COUNT(*) FROM {self._name} WHERE {self._column(cdc.operation)} NOT IN ({listed})"
        yield Promise(Rule.REPLAY, (cdc.operation,), f"one of {listed}", sql)
        yield from self._replay()

    def _replay(self) -> Iterator[Promise]:
        """The last event of each key, and the last version: both without deleted keys."""
        shared = [column for column in self._table.columns if self._is_comparable(column)]
        own = [self._column(column.name) for column in shared]
        theirs = [
            column_name(column, self._warehouse)
            for one in shared
            if (column := self._source.column(one.name)) is not None
        ]
        key, sequence = self._column(self._history.key), self._column(self._cdc.sequence)
        last = f"ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY {sequence} DESC) AS place"
        replayed = (
            f"SELECT {', '.join(own)} FROM (SELECT e.*, {last} FROM {self._name} AS e) AS e "
            f"WHERE place = 1 AND {self._column(self._cdc.operation)} <> {literal(self._cdc.operations.delete)}"
        )
        there = is_open(self._source, self._warehouse)
        gone = self._source.column(self._history.is_deleted) if self._history.is_deleted else None
        if gone is not None:
            there += f" AND NOT ({is_set(gone, self._warehouse)})"
        current = f"SELECT {', '.join(theirs)} FROM {table_name(self._source, self._warehouse)} WHERE {there}"
        names = tuple(column.name for column in shared)
        for one, other, expected in (
            (replayed, current, f"replayed to the end, each row is in {self._source.name}"),
            (current, replayed, f"each current row of {self._source.name} comes of replaying"),
        ):
            yield Promise(Rule.REPLAY, names, expected, f"SELECT COUNT(*) FROM ({one} EXCEPT {other}) AS differing")

    def _is_comparable(self, column: Column) -> bool:
        return self._cdc.role_of(column.name) is None and not _is_opaque(column)


def _as_of(experiment: Experiment, table: Table, column: Column, warehouse: Warehouse) -> Iterator[Promise]:
    """A reference to a version means the one of its moment."""
    key = column.foreign_key
    parent = experiment.table(key.table) if key is not None else None
    if key is None or key.as_of is None or parent is None or parent.history is None:
        return
    history = parent.history
    if history.surrogate_key is None or key.column.lower() != history.surrogate_key.lower():
        return
    moment = table.column(key.as_of)
    parts: Sequence[Column | None] = [
        parent.column(name) for name in (key.column, history.valid_from, history.valid_to)
    ]
    assert moment is not None
    names = [column_name(part, warehouse) for part in parts if part is not None]
    own = f"c.{column_name(moment, warehouse)}"
    start, end = (f"p.{name}" for name in names[1:])
    if warehouse is Warehouse.SQLITE:
        own, start, end = (
            _sqlite_moment(part, name) for part, name in zip((moment, *parts[1:]), (own, start, end), strict=True)
        )
    sql = (
        f"SELECT COUNT(*) FROM {table_name(table, warehouse)} AS c JOIN {table_name(parent, warehouse)} AS p "
        f"ON p.{names[0]} = c.{column_name(column, warehouse)} WHERE {own} < {start} OR {own} >= {end}"
    )
    yield Promise(Rule.AS_OF, (column.name, key.as_of), f"the version of {parent.name} at that moment", sql)


def _sqlite_moment(column: Column | None, sql: str) -> str:
    """SQLite keeps texts: dates are midnights, UTC is not written."""
    if column is not None and column.data_type is DataType.DATE:
        return f"({sql} || ' 00:00:00')"
    return f"REPLACE({sql}, '+00:00', '')"


def is_set(column: Column, warehouse: Warehouse) -> str:
    """A condition: the flag is true, 1 or Y."""
    name = column_name(column, warehouse)
    if column.data_type is DataType.BOOLEAN:
        return f"{name} = 1" if warehouse is Warehouse.SQLITE else f"{name} = TRUE"
    return f"{name} = 'Y'" if column.data_type.is_text else f"{name} = 1"


def _is_opaque(column: Column) -> bool:
    """Whether warehouses do not compare its values."""
    return column.data_type is DataType.JSON
