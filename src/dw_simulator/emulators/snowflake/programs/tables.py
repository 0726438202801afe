"""Calls of table functions that are not in SQL. Vendor pages: "Table functions", "Writing a UDTF in Python",
"Tabular JavaScript UDFs (UDTFs)".

The handler gets the rows of the tables before it in partitions. A row that it gives for a row comes with that row's
columns; one that it gives at the end of a partition with NULLs, but for what the partition is by.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dw_simulator.emulators.snowflake.catalog.model import Entry, type_from_json
from dw_simulator.emulators.snowflake.programs.calls import HINT, TABLE, SessionPrograms, text_sql, value_sql
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery, Column, OutputColumn, Relation
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed

Arguments = Callable[[Entry, Any, n.Call], dict[str, Typed]]


@dataclass(frozen=True, slots=True)
class ProgramTable:
    """A table function for the binder. ``arguments`` binds what a call of it is given."""

    entry: Entry
    arguments: Arguments

    def __call__(self, binder: Any, call: n.Call) -> BoundQuery:
        """A call by itself: its one row of arguments is all there is."""
        rows = f"{self._rows(binder, f'CAST([[{self._texts(binder, call)}]] AS VARCHAR[][])')}"
        name = binder.fresh()
        items, columns = self._columns(name)
        return BoundQuery(f"SELECT {items} FROM (SELECT unnest({rows}) AS r) AS {name}", columns)

    def join(
        self, binder: Any, call: n.Call, left_sql: str, left: list[Relation], alias: n.Alias | None
    ) -> tuple[str, list[Relation]]:
        """``left, TABLE(f(…) OVER (…))``: without OVER all rows are one partition, as Snowflake has it for few rows."""
        saved, binder.scope.relations = binder.scope.relations, [*binder.scope.relations, *left]
        try:
            window = call.window or n.Window(None, [], [], None)
            texts = self._texts(binder, call)
            keys = [binder.expression(node) for node in window.partition]
            order = binder.order_sql(window.order)
        finally:
            binder.scope.relations = saved
        listed, moved = binder.moved(left, "%")
        name, inner = binder.fresh(), binder.fresh()
        kept = {key.sql: f"p{at}" for at, key in enumerate(keys)}
        own, columns = self._columns(name)
        items = []
        for at, column in enumerate(column for relation in left for column in relation.columns):
            value = f"{name}.l[CAST({name}.r[1] AS BIGINT) + 1].c{at}"
            if column.sql in kept:
                value = f"{name}.{kept[column.sql]}"
            items.append(f"{value} AS c{at}")
        partition = ", ".join(f"{key.sql} AS p{at}" for at, key in enumerate(keys)) or "1 AS p0"
        groups = ", ".join(f"p{at}" for at in range(max(1, len(keys))))
        fields = ", ".join(f"c{at} := {inner}.c{at}" for at in range(len(items))) or "c0 := 1"
        numbered = f"row_number() OVER ({order}) AS n"
        rows = f"SELECT {listed}, CAST([{texts}] AS VARCHAR[]) AS a, {numbered}, {partition} FROM {left_sql}"
        partitions = (
            f"SELECT list(a ORDER BY n) AS rows, list(struct_pack({fields}) ORDER BY n) AS l, {groups} "
            f"FROM ({rows}) AS {inner} GROUP BY {groups}"
        )
        given = f"SELECT unnest({self._rows(binder, 'rows')}) AS r, l, {groups} FROM ({partitions})"
        result = binder.fresh()
        sql = f"(SELECT {', '.join([*items, own])} FROM ({given}) AS {name}) AS {result}"
        return sql, [*_placed(moved, result), self._relation(call, columns, result, alias)]

    def _relation(self, call: n.Call, columns: list[OutputColumn], result: str, alias: n.Alias | None) -> Relation:
        found = [Column(column.name, column.type, f"{result}.{column.key}") for column in columns]
        for column, label in zip(found, alias.columns if alias is not None else (), strict=False):
            column.name = label
        return Relation((alias.name if alias is not None else call.name,), found)

    def _texts(self, binder: Any, call: n.Call) -> str:
        return ", ".join(text_sql(value) for value in self.arguments(self.entry, binder, call).values())

    def _rows(self, binder: Any, rows: str) -> str:
        programs: SessionPrograms = binder.env.hints[HINT]
        binder.env.volatile = True
        return f"{TABLE}({literal(programs.key(self.entry))}, {rows}, random())"

    def _columns(self, name: str) -> tuple[str, list[OutputColumn]]:
        """What the handler gives: the number of the row that it is from (or NULL), then its values."""
        columns, items = [], []
        for at, (label, kept) in enumerate(self.entry.properties["table"], 1):
            kind = type_from_json(dict(kept))
            items.append(f"{value_sql(f'{name}.r[{at + 1}]', kind)} AS o{at}")
            columns.append(OutputColumn(label, kind, f"o{at}"))
        return ", ".join(items), columns


def _placed(relations: list[Relation], name: str) -> list[Relation]:
    """Columns as they are read through ``name``; those of a row that is none of theirs are NULL."""
    for column in (column for relation in relations for column in relation.columns):
        column.sql = f"{name}.{column.sql.rpartition('.')[2]}"
        column.type = column.type.with_nullable(True)
    return relations
