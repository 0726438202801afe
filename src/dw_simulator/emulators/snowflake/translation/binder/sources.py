"""FROM: tables, derived tables, joins, table functions, samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions import registry
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder.pivots import PivotBinder
from dw_simulator.emulators.snowflake.translation.binder.protection import protect
from dw_simulator.emulators.snowflake.translation.binder.resample import resample
from dw_simulator.emulators.snowflake.translation.environment import (
    ROWS,
    LateSource,
    PartitionedFunction,
    TableSource,
    TableStates,
    ViewSource,
)
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import (
    ROW_NAME,
    BoundQuery,
    Column,
    OutputColumn,
    Relation,
    Scope,
    collate_columns,
)
from dw_simulator.emulators.snowflake.translation.text import written
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

MOMENT = "moment"
"""The hint with the moment at which the tables of a view are read."""
REPEATABLE_TABLES = frozenset({"FLATTEN", "SPLIT_TO_TABLE", "STRTOK_SPLIT_TO_TABLE"})
"""Table functions that give the same rows for the same arguments."""
ROW_POSITION = "METADATA$ROW_POSITION"
MAX_SAMPLE = 1_000_000
"""Rows that SAMPLE gives at most. Vendor page: "SAMPLE / TABLESAMPLE"."""
Bound = tuple[str, list[Relation]]


class SourceBinder(PivotBinder):
    def source(self, source: n.Source) -> Bound:
        """SQL of a FROM item and the relations it brings into scope."""
        if isinstance(source, n.MatchRecognize):
            return self.match_recognize(source)
        method = _SOURCES.get(type(source))
        if method is None:
            raise errors.UNSUPPORTED_FEATURE(type(source).__name__)
        bound: Bound = method(self, source)
        return bound

    def match_recognize(self, source: n.MatchRecognize) -> Bound:
        raise NotImplementedError

    # --- tables -------------------------------------------------------------------------------------------------------
    def _table(self, source: n.TableRef) -> Bound:
        parts = self._source_parts(source)
        if len(parts) == 1:
            cte = self.scope.find_cte(parts[0])
            if cte is not None:
                if source.time_travel is not None:
                    raise errors.UNSUPPORTED_FEATURE(f"time travel for the common table expression {parts[0]}")
                return self._aliased(f"{cte.sql_name}", BoundQuery("", cte.columns), source.alias, parts)
        found = self.env.catalog.resolve_source(parts)
        self.env.sources.append(found.parts)
        if isinstance(found, LateSource):
            found = found.bind(self)
        moment = self.env.hints.get(MOMENT)
        states: TableStates | None = self.env.hints.get(ROWS)
        if source.time_travel is not None and (source.changes or not self.env.describing):
            moment = self.env.catalog.moment(self, source.time_travel)
        if isinstance(found, ViewSource) and source.changes is not None:
            found, moment = self.env.catalog.view_changes(self, source, moment, found), None
        if isinstance(found, ViewSource):
            bound = self.view(found, moment)
            sql, relations = self._aliased(f"({bound.sql})", bound, source.alias, found.parts)
            self._begin_lineage(found.parts, bound.columns, relations[0])
            for column in relations[0].columns:
                column.hidden = column.hidden or column.name in found.hidden
            if found.protection is not None:
                keys = [*found.keys, *([ROW_NAME] if states is not None else [])]
                columns = [replace(c, key=key) for c, key in zip(bound.columns, keys, strict=True)]
                condition = protect(self, relations[0], columns, found.protection)
                return self._sheltered(sql, relations, condition)
            return sql, relations
        if states is not None:
            row = OutputColumn(ROW_NAME, m.number(18, 0), ROW_NAME)
            found = replace(found, sql=states.sql(found.parts), columns=[*found.columns, row])
        elif moment is not None:
            found = self.env.catalog.earlier(self, source, moment, found)
        self.env.volatile = self.env.volatile or found.volatile
        sql, relations = self._aliased(found.sql, BoundQuery("", found.columns), source.alias, found.parts)
        self._begin_lineage(found.parts, found.columns, relations[0])
        if found.is_snapshot and relations[0].columns:
            table = relations[0].columns[0].sql.rpartition(".")[0]
            relations[0].columns.append(Column(ROW_POSITION, m.number(), f"{table}.rowid", hidden=True))
        condition = protect(self, relations[0], found.columns, found.protection) if found.protection else None
        collate_columns(relations[0])
        if found.computed:
            self.fill_computed(relations[0], found)
        if found.protection is not None:
            return self._sheltered(sql, relations, condition)
        return sql, relations

    def _begin_lineage(self, parts: tuple[str, ...], columns: list[OutputColumn], relation: Relation) -> None:
        """What is made of a table's or view's columns is made of these, not of what they are made of themselves."""
        if self.env.lineage is not None and len(parts) == 3:
            for column, original in zip(relation.columns, columns, strict=False):
                column.lineage = frozenset({(*parts, original.name)})

    def _sheltered(self, sql: str, relations: list[Relation], condition: str | None) -> Bound:
        """Protected rows as a table of their own. OFFSET keeps conditions of the query out of it: they would be
        evaluated for rows that the policy hides, and an error of theirs would show a value."""
        name = self.fresh()
        items, moved = self.moved(relations, name)
        where = f" WHERE {condition} OFFSET 0" if condition is not None else ""
        return f"(SELECT {items} FROM {sql}{where}) AS {name}", moved

    def fill_computed(self, relation: Relation, source: TableSource) -> None:
        """Put the expressions of computed columns in their places."""
        for column, original in zip(relation.columns, source.columns, strict=True):
            text = source.computed.get(original.name)
            if text is not None:
                binder = type(self)(self.env, text, self._counter)
                stored = [other for other in relation.columns if other is not column]
                binder.scope = Scope(relations=[Relation(("",), stored)])
                value = binder.expression(Parser(text).expression())
                column.sql = self.coerce(value, column.type.with_nullable(True)).sql

    def _source_parts(self, source: n.TableRef) -> tuple[str, ...]:
        if source.identifier is None:
            return self._fold(source.parts)
        return self.identifier_parts(source.identifier)

    def view(self, view: ViewSource, moment: Any = None) -> BoundQuery:
        """A view's query, bound in the view's own database and schema, with the rights of the view's owner.

        ``moment`` is that of the tables that it reads.
        """
        hints = {**self.env.hints, "invoker": view.owner, MOMENT: moment}
        env = replace(self.env, database=view.parts[0], schema=view.parts[1], hints=hints)
        catalog: Any = self.env.catalog
        env.catalog = catalog.at(view.parts[0], view.parts[1], view.owner)
        parser = self.parser(view.text)
        query = parser.query()
        parser.expect_end()
        states: TableStates | None = self.env.hints.get(ROWS)
        if states is not None:
            states.prepare(query)
        binder = type(self)(env, view.text, self._counter)
        bound = binder.query(query)
        if len(bound.columns) != len(view.columns) + (states is not None):
            raise errors.VIEW_COLUMNS(".".join(view.parts), len(view.columns), len(bound.columns))
        self.env.volatile = self.env.volatile or env.volatile
        for column, name in zip(bound.columns, view.columns, strict=False):
            column.name = name
        for column in bound.columns:
            column.origin = view.parts
        return bound

    def _aliased(self, sql: str, bound: BoundQuery, alias: n.Alias | None, parts: tuple[str, ...]) -> Bound:
        name = self.fresh()
        scope_parts = (alias.name,) if alias is not None else parts
        relation = bound.relation(name, scope_parts, alias.columns if alias is not None else None)
        for column in relation.columns:
            column.hidden = column.hidden or column.name == ROW_NAME
        return f"{sql} AS {name}", [relation]

    def _derived(self, source: n.Derived) -> Bound:
        scope = Scope(parent=self._lateral_parent() if source.lateral else self._sealed())
        bound = self.query(source.query, scope)
        lateral = "LATERAL " if source.lateral else ""
        return self._aliased(f"{lateral}({bound.sql})", bound, source.alias, ("",))

    def _sealed(self) -> Scope:
        """What a derived table sees around it: CTEs and outer queries, but not its neighbours in FROM."""
        return Scope(parent=self.scope.parent, ctes=self.scope.ctes, parameters=self.scope.parameters)

    def _lateral_parent(self) -> Scope:
        return Scope(parent=self.scope.parent, ctes=self.scope.ctes, relations=list(self._neighbours()))

    def _neighbours(self) -> list[Relation]:
        return self.scope.relations

    @contextmanager
    def _seeing(self, left: list[Relation]) -> Iterator[None]:
        """What is bound in here sees the columns of ``left``."""
        saved, self.scope.relations = self.scope.relations, [*self.scope.relations, *left]
        try:
            yield
        finally:
            self.scope.relations = saved

    # --- joins --------------------------------------------------------------------------------------------------------
    def _join(self, join: n.Join) -> Bound:
        left_sql, left = self.source(join.left)
        if _is_plain_unnest(join):
            return self._unnested(join, left_sql, left)
        if isinstance(join.right, n.TableFunction):
            if join.right.call.name == "GETNEXTVAL":
                return self._numbered(join.right, left_sql, left)
            with self._seeing(left):
                function = self._table_handler(join.right.call)
            if isinstance(function, PartitionedFunction):
                if not _is_plain(join):
                    raise errors.UNSUPPORTED_FEATURE(f"{join.kind} JOIN or a condition with {join.right.call.name}")
                return function.join(self, join.right.call, left_sql, left, join.right.alias)
        with self._seeing(left):
            right_sql, right = self.source(join.right)
        if join.kind == "ASOF":
            return self._asof(join, left_sql, left, right_sql, right)
        names = self._natural(left, right) if join.natural else join.using
        conditions = [self._using(name, join.kind, left, right) for name in names]
        if join.on is not None:
            conditions.append(self._on(join.on, left, right))
        kind = join.kind
        if kind == "CROSS" or (kind == "INNER" and not conditions):
            if conditions:
                kind = "INNER"
            else:
                return f"{left_sql} CROSS JOIN {right_sql}", [*left, *right]
        on = " AND ".join(conditions) if conditions else "true"
        if kind in ("RIGHT", "FULL"):
            _may_be_null(left)
        if kind in ("LEFT", "FULL"):
            _may_be_null(right)
        return f"({left_sql} {kind} JOIN {right_sql} ON {on})", [*left, *right]

    def _unnested(self, join: n.Join, left_sql: str, left: list[Relation]) -> Bound:
        """``left, LATERAL FLATTEN(…)`` as one unnesting SELECT over the left side: it keeps the order of the rows."""
        from dw_simulator.emulators.snowflake.functions.tables import UNNESTED

        right = join.right
        assert isinstance(right, n.TableFunction)
        saved, self.scope.relations = self.scope.relations, [*self.scope.relations, *left]
        try:
            text, unnests, items, keep, labels = UNNESTED[right.call.name](self, right.call)
        finally:
            self.scope.relations = saved
        name = self.fresh()
        listed, moved = self.moved(left, name)
        inner = f"SELECT *, {unnests} FROM (SELECT {listed}, {text} AS v, row_number() OVER () AS seq FROM {left_sql})"
        outer = ", ".join(f"{items[label]} AS f{index}" for index, (label, _) in enumerate(labels))
        columns = [Column(label, kind, f"{name}.f{index}") for index, (label, kind) in enumerate(labels)]
        if right.alias is not None:
            for column, label in zip(columns, right.alias.columns, strict=False):
                column.name = label
        parts = (right.alias.name,) if right.alias is not None else (right.call.name,)
        sql = f"(SELECT *, {outer} FROM ({inner}) WHERE {keep}) AS {name}"
        return sql, [*moved, Relation(parts, columns)]

    def _numbered(self, right: n.TableFunction, left_sql: str, left: list[Relation]) -> Bound:
        """``left, TABLE(GETNEXTVAL(sequence))``: one value for each row, the same wherever the row names it."""
        bound: BoundQuery = registry.TABLE_FUNCTIONS["GETNEXTVAL"](self, right.call)
        name = self.fresh()
        items, moved = self.moved(left, name)
        parts = (right.alias.name,) if right.alias is not None else ("GETNEXTVAL",)
        column = Column("NEXTVAL", bound.columns[0].type, f"{name}.nextval")
        value = bound.sql.removeprefix("SELECT ")
        return f"(SELECT {items}, {value} FROM {left_sql}) AS {name}", [*moved, Relation(parts, [column])]

    def _on(self, condition: n.Expr, left: list[Relation], right: list[Relation]) -> str:
        scope = self.scope
        saved = scope.relations, scope.aliases
        scope.relations, scope.aliases = [*saved[0], *left, *right], scope.join_aliases
        try:
            return self.condition(condition)
        finally:
            scope.relations, scope.aliases = saved

    def _natural(self, left: list[Relation], right: list[Relation]) -> list[str]:
        names = {column.name for relation in right for column in relation.columns if not column.hidden}
        return [c.name for relation in left for c in relation.columns if not c.hidden and c.name in names]

    def _using(self, name: str, kind: str, left: list[Relation], right: list[Relation]) -> str:
        """A condition of USING; ``*`` then shows the column once."""
        a = next((c for r in left for c in r.columns if c.name == name and not c.hidden), None)
        b = next((c for r in right for c in r.columns if c.name == name and not c.hidden), None)
        if a is None or b is None:
            raise errors.INVALID_IDENTIFIER(written(name))
        condition = self.compare("=", Typed(a.sql, a.type), Typed(b.sql, b.type))
        b.hidden = True
        if kind in ("FULL", "RIGHT"):
            merged = f"coalesce({a.sql}, {self.coerce(Typed(b.sql, b.type), a.type).sql})"
            index = next((r, r.columns.index(a)) for r in left if a in r.columns)
            relation, at = index
            relation.columns[at] = Column(name, a.type, merged, lineage=a.lineage | b.lineage)
            relation.columns.append(Column(name, a.type, a.sql, hidden=True))
        return condition

    def _asof(self, join: n.Join, left_sql: str, left: list[Relation], right_sql: str, right: list[Relation]) -> Bound:
        conditions = [self._using(name, "LEFT", left, right) for name in join.using]
        if join.on is not None:
            conditions.append(self._on(join.on, left, right))
        assert join.match is not None
        conditions.append(self._on(self._match_order(join.match, left), left, right))
        _may_be_null(right)
        return f"({left_sql} ASOF LEFT JOIN {right_sql} ON {' AND '.join(conditions)})", [*left, *right]

    def _match_order(self, match: n.Expr, left: list[Relation]) -> n.Expr:
        """MATCH_CONDITION with the left table's column first, as DuckDB wants it."""
        if not isinstance(match, n.Binary) or match.op not in ("<", "<=", ">", ">="):
            raise self.error(errors.SYNTAX_ERROR, match, self.text_of(match))
        del left
        return match

    # --- table functions ----------------------------------------------------------------------------------------------
    def _table_function(self, source: n.TableFunction) -> Bound:
        bound: BoundQuery = self._table_handler(source.call)(self, source.call)
        sql, relations = self._aliased(f"LATERAL ({bound.sql})", bound, source.alias, (source.call.name,))
        if source.call.name == "GENERATOR":
            row = f"{sql.rsplit(' ', 1)[-1]}.n"
            relations[0].columns.append(Column("%SEQ", m.number(18, 0), row, hidden=True))
        return sql, relations

    def _table_handler(self, call: n.Call) -> Any:
        """What binds a call of a table function. Raises SnowflakeError 002140: there is none."""
        if call.name not in REPEATABLE_TABLES:
            self.env.unrepeatable.append(call.name)
        handler = registry.TABLE_FUNCTIONS.get(call.name)
        if handler is None or call.qualifier[-1:] not in ((), ("INFORMATION_SCHEMA",)):
            handler = self.env.catalog.user_table(self, call)
        handler = handler or self.env.hints.get("procedure")
        if handler is None:
            raise errors.UNKNOWN_FUNCTION(".".join((*call.qualifier, call.name)))
        return handler

    def _stage(self, source: n.StageRef) -> Bound:
        handler = registry.TABLE_FUNCTIONS.get("@")
        self.env.unrepeatable.append("@")
        if handler is None:
            raise errors.UNSUPPORTED_FEATURE("querying staged files")
        bound: BoundQuery = handler(self, source)
        return self._aliased(f"({bound.sql})", bound, source.alias, ("",))

    def _piped(self, source: n.PipeRef) -> Bound:
        """The result of an earlier statement of the chain."""
        before: list[str] = self.env.hints.get("piped", [])
        self.env.unrepeatable.append(self.text_of(source))
        if not 1 <= source.number <= len(before):
            raise self.error(errors.SYNTAX_ERROR, source, self.text_of(source))
        scan = n.Call("RESULT_SCAN", [n.Literal("string", before[-source.number])])
        bound: BoundQuery = registry.TABLE_FUNCTIONS["RESULT_SCAN"](self, scan)
        return self._aliased(f"({bound.sql})", bound, source.alias, ("",))

    # --- samples ------------------------------------------------------------------------------------------------------
    def _sample(self, source: n.Sample) -> Bound:
        sql, relations = self.source(source.source)
        self.env.unrepeatable.append("SAMPLE")
        amount = self.expression(source.amount)
        if not amount.is_const:
            raise errors.INVALID_PARAMETER_VALUE(self.text_of(source.amount), "SAMPLE")
        seed = ""
        if source.seed is not None:
            seed = f" REPEATABLE ({self.expression(source.seed).sql})"
        if source.rows and not 0 <= int(amount.const) <= MAX_SAMPLE:
            raise errors.INVALID_PARAMETER_VALUE(self.text_of(source.amount), "SAMPLE")
        if source.rows:
            clause = f"reservoir({int(amount.const)} ROWS)"
        elif float(amount.const) >= 100:
            return sql, relations
        else:
            clause = f"{'system' if source.method == 'SYSTEM' else 'bernoulli'}({float(amount.const)} PERCENT)"
        name = self.fresh()
        items, sampled = self.moved(relations, name)
        if " JOIN " in sql or sql.startswith("LATERAL "):
            inner = f"(SELECT * FROM (SELECT {items} FROM {sql}) AS {name}s USING SAMPLE {clause}{seed})"
        else:
            inner = f"(SELECT {items} FROM {sql} TABLESAMPLE {clause}{seed})"
        return f"{inner} AS {name}", sampled

    def moved(self, relations: list[Relation], alias: str) -> tuple[str, list[Relation]]:
        """A select list of all columns, and the relations as they are when read through it under ``alias``."""
        columns = [column for relation in relations for column in relation.columns]
        keys = {id(column): f"c{index}" for index, column in enumerate(columns)}
        items = ", ".join(f"{column.sql} AS {keys[id(column)]}" for column in columns)
        moved = [
            Relation(
                relation.parts,
                [
                    Column(c.name, c.type, f"{alias}.{keys[id(c)]}", c.hidden, c.origin, c.collation, c.lineage)
                    for c in relation.columns
                ],
            )
            for relation in relations
        ]
        return items or "1 AS c0", moved


def _is_plain_unnest(join: n.Join) -> bool:
    """Whether a join only applies FLATTEN, or a function that splits text, to each row of its left side."""
    from dw_simulator.emulators.snowflake.functions.tables import UNNESTED

    if not isinstance(join.right, n.TableFunction) or join.right.call.name not in UNNESTED or join.right.call.qualifier:
        return False
    return _is_plain(join)


def _is_plain(join: n.Join) -> bool:
    return join.kind in ("CROSS", "INNER") and join.on is None and not join.using and not join.natural


def _may_be_null(relations: list[Relation]) -> None:
    """The optional side of an outer join: where nothing matches, all its columns are NULL."""
    for relation in relations:
        for column in relation.columns:
            column.type = column.type.with_nullable(True)


_SOURCES: dict[type, Callable[[Any, Any], Bound]] = {
    n.TableRef: SourceBinder._table,
    n.Derived: SourceBinder._derived,
    n.Join: SourceBinder._join,
    n.TableFunction: SourceBinder._table_function,
    n.StageRef: SourceBinder._stage,
    n.PipeRef: SourceBinder._piped,
    n.Sample: SourceBinder._sample,
    n.Resample: resample,
    n.Pivot: PivotBinder._pivot,
    n.Unpivot: PivotBinder._unpivot,
}
__all__ = ["SourceBinder", "TableSource"]
