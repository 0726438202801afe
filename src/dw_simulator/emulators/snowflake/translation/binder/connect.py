"""CONNECT BY as a recursive query. Vendor page: "CONNECT BY"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder.expressions import ExpressionBinder
from dw_simulator.emulators.snowflake.translation.scope import Column, ConnectScope, Relation, Scope
from dw_simulator.emulators.snowflake.translation.text import identifier
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m


class ConnectBinder(ExpressionBinder):
    def source(self, source: n.Source) -> tuple[str, list[Relation]]:
        raise NotImplementedError

    def connect_by(self, select: n.Select, where: n.Expr | None) -> tuple[str, n.Expr | None]:
        """FROM of a hierarchical query; the scope then has its columns. WHERE stays outside, after the recursion."""
        connect, scope = select.connect, self.scope
        assert connect is not None
        assert select.source is not None
        base_sql, relations = self.source(select.source)
        visible = [column for relation in relations for column in relation.columns if not column.hidden]
        names = [f"c{index}" for index in range(len(visible))]
        level = self.fresh("level")
        child, parent, tree = self.fresh(), self.fresh(), self.fresh("tree")
        items = ", ".join(f"{column.sql} AS {name}" for column, name in zip(visible, names, strict=True))
        base = f"SELECT {items} FROM {base_sql}"
        child_scope = self._scope(relations, visible, names, child)
        parent_scope = self._scope(relations, visible, names, parent)
        start = ""
        if connect.start_with is not None:
            start = f" WHERE {self._within(child_scope, connect.start_with, None)}"
        prior = Relation(("",), parent_scope.columns())
        condition = self._within(child_scope, connect.condition, prior, f"({parent}.{level} + 1)")
        calls = self._paths(select)
        roots = ", ".join(f"{child}.{name} AS r{i}" for i, name in enumerate(names))
        keep = ", ".join(f"{parent}.r{i}" for i in range(len(names)))
        columns = ", ".join(f"{child}.{name}" for name in names)
        first_paths = "".join(f", {sql} AS p{i}" for i, sql in enumerate(self._path_start(calls, child_scope)))
        next_paths = "".join(f", {sql}" for sql in self._path_next(calls, child_scope, parent))
        sql = (
            f"(WITH RECURSIVE {tree} AS (SELECT {columns}, 1 AS {level}, {roots}{first_paths} "
            f"FROM ({base}) AS {child}{start} UNION ALL SELECT {columns}, {parent}.{level} + 1, {keep}{next_paths}"
            f" FROM ({base}) AS {child} JOIN {tree} AS {parent} ON {condition}) "
            f"SELECT * FROM {tree} ORDER BY {level}) AS {tree}"
        )
        outer = self._scope(relations, visible, names, tree)
        scope.relations = outer.relations
        scope.connect = ConnectScope(
            None,
            f"{tree}.{level}",
            {column.sql: f"{tree}.r{i}" for i, column in enumerate(outer.columns())},
            {text: f"{tree}.p{i}" for i, (text, _) in enumerate(calls)},
        )
        return sql, where

    def _scope(self, relations: list[Relation], visible: list[Column], names: list[str], alias: str) -> _HierarchyScope:
        new = dict(zip((column.sql for column in visible), names, strict=True))
        moved = [
            Relation(
                relation.parts,
                [
                    Column(column.name, column.type, f"{alias}.{identifier(new[column.sql])}")
                    for column in relation.columns
                    if column.sql in new
                ],
            )
            for relation in relations
        ]
        return _HierarchyScope(moved, alias)

    def _within(self, hierarchy: _HierarchyScope, expr: n.Expr, prior: Relation | None, level: str = "1") -> str:
        """A condition on a row whose LEVEL is ``level``."""
        saved = self.scope
        self.scope = Scope(parent=saved.parent, relations=hierarchy.relations, ctes=saved.ctes)
        self.scope.connect = ConnectScope(prior, level)
        try:
            return self.condition(expr)
        finally:
            self.scope = saved

    def hierarchical(self, node: n.Unary) -> Typed:
        connect = self.scope.connect
        if connect is None or not isinstance(node.operand, n.Name):
            raise self.error(errors.SYNTAX_ERROR, node, node.op)
        if node.op == "CONNECT_BY_ROOT":
            value = self.expression(node.operand)
            return Typed(connect.roots[value.sql], value.type)
        if connect.prior is None:
            raise self.error(errors.SYNTAX_ERROR, node, "PRIOR")
        name = self._fold(node.operand.parts)[-1]
        column = next((column for column in connect.prior.columns if column.name == name), None)
        if column is None:
            raise self.error(errors.INVALID_IDENTIFIER, node.operand, name)
        return Typed(column.sql, column.type)

    # --- SYS_CONNECT_BY_PATH ------------------------------------------------------------------------------------------
    def _paths(self, select: n.Select) -> list[tuple[str, n.Call]]:
        from dw_simulator.emulators.snowflake.translation.binder.outer import _walk

        calls: list[tuple[str, n.Call]] = []
        for node in _walk(select.items):
            if isinstance(node, n.Call) and node.name == "SYS_CONNECT_BY_PATH":
                calls.append((self.text_of(node), node))
        return calls

    def _path_parts(self, call: n.Call, hierarchy: _HierarchyScope) -> tuple[str, str]:
        saved = self.scope
        self.scope = Scope(parent=saved.parent, relations=hierarchy.relations, ctes=saved.ctes)
        try:
            value, separator = (self.coerce(self.expression(arg), m.text()).sql for arg in call.args)
        finally:
            self.scope = saved
        return value, separator

    def _path_start(self, calls: list[tuple[str, n.Call]], hierarchy: _HierarchyScope) -> list[str]:
        parts = [self._path_parts(call, hierarchy) for _, call in calls]
        return [f"({separator} || {value})" for value, separator in parts]

    def _path_next(self, calls: list[tuple[str, n.Call]], hierarchy: _HierarchyScope, parent: str) -> list[str]:
        parts = [self._path_parts(call, hierarchy) for _, call in calls]
        return [f"({parent}.p{i} || {separator} || {value})" for i, (value, separator) in enumerate(parts)]


class _HierarchyScope:
    """The relations of a hierarchical query read through one alias."""

    def __init__(self, relations: list[Relation], alias: str) -> None:
        self.relations = relations
        self.alias = alias

    def columns(self) -> list[Column]:
        return [column for relation in self.relations for column in relation.columns]
