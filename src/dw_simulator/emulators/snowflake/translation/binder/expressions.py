"""Lowering of expressions: one method a node type."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions import registry
from dw_simulator.emulators.snowflake.translation import grouped
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder.operators import OperatorBinder
from dw_simulator.emulators.snowflake.translation.binder.spreads import spread
from dw_simulator.emulators.snowflake.translation.explicit_casts import explicit_cast
from dw_simulator.emulators.snowflake.translation.grouped import Reference
from dw_simulator.emulators.snowflake.translation.lexer import position
from dw_simulator.emulators.snowflake.translation.scope import ROW_NAME, Column, Scope
from dw_simulator.emulators.snowflake.translation.structures import element_type, is_structured, with_fields
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import NO_CONST, NULL_TYPE, Typed, common, resolve
from dw_simulator.emulators.snowflake.translation.variants import UNDEFINED, get_constant, to_variant
from dw_simulator.emulators.snowflake.types import model as m


class ExpressionBinder(OperatorBinder):
    def expression(self, node: n.Expr) -> Typed:
        """``node`` as DuckDB SQL with its type."""
        method = _LOWERINGS.get(type(node))
        if method is None:
            raise errors.UNSUPPORTED_FEATURE(type(node).__name__)
        return method(self, node)

    # --- leaves -------------------------------------------------------------------------------------------------------
    def _literal(self, node: n.Literal) -> Typed:
        match node.kind:
            case "number":
                return self.number_literal(node.value)
            case "string":
                return Typed(literal(node.value), m.text(max(1, len(node.value)), nullable=False), node.value)
            case "boolean":
                return Typed(node.value.lower(), m.boolean(nullable=False), node.value == "TRUE")
            case "binary":
                if not re.fullmatch("([0-9A-Fa-f]{2})*", node.value):
                    raise errors.HEX_NOT_RECOGNIZED(node.value)
                return Typed(f"unhex('{node.value}')", m.binary(max(1, len(node.value) // 2), nullable=False))
        return Typed("NULL", NULL_TYPE, None)

    def _name(self, node: n.Name) -> Typed:
        """A column by its name. ``"$2"`` is the second one where none has that name, as Snowpark writes it."""
        parts = self._fold(node.parts)
        found = self._lookup(parts, node)
        if found is not None:
            return found
        bare = self._bare_word(node)
        if bare is not None:
            return bare
        if len(parts) == 1 and re.fullmatch(r"\$[1-9]\d*", parts[0]):
            return self._positional(n.Positional(int(parts[0][1:]), start=node.start, end=node.end))
        raise self.error(errors.INVALID_IDENTIFIER, node, self._shown_name(node))

    def _fold(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        if self.parameter("QUOTED_IDENTIFIERS_IGNORE_CASE"):
            return tuple(part.upper() for part in parts)
        return parts

    def _shown_name(self, node: n.Name) -> str:
        if any(node.quoted):
            return ".".join(f'"{p}"' if q else p for p, q in zip(node.parts, node.quoted, strict=False))
        return ".".join(node.parts)

    def _lookup(self, parts: tuple[str, ...], node: n.Name) -> Typed | None:
        scope: Scope | None = self.scope
        while scope is not None:
            if len(parts) == 1 and parts[0] in scope.parameters:
                return scope.parameters[parts[0]]
            columns = scope.candidates(parts)
            if len(columns) > 1 and len({column.sql for column in columns}) > 1:
                if len(parts) == 1 and parts[0] in scope.aliases and parts[0] not in scope.expanding:
                    return self._alias(scope, parts[0])
                raise self.error(errors.AMBIGUOUS_COLUMN, node, parts[-1])
            if columns:
                self._note(scope, columns[0], node)
                return self._column(columns[0])
            if len(parts) == 1 and parts[0] in scope.aliases and parts[0] not in scope.expanding:
                return self._alias(scope, parts[0])
            if len(parts) >= 2:
                nested = self._column_path(scope, parts)
                if nested is not None:
                    return nested
            scope = scope.parent
        return None

    def _note(self, scope: Scope, column: Column, node: n.Name) -> None:
        table = next((r.parts[-1] for r in scope.relations if any(c is column for c in r.columns) and r.parts), "")
        shown = f"{table}.{column.name}" if table else column.name
        grouped.note(self.env.references, column.sql, Reference(shown, self.sql, node.start, self.listing))

    def _column_path(self, scope: Scope, parts: tuple[str, ...]) -> Typed | None:
        """``column.key`` of a structured OBJECT is not a thing in Snowflake: only sequences look like this."""
        del scope
        if parts[-1] not in ("NEXTVAL", "CURRVAL"):
            return None
        sql = self.env.catalog.sequence_next(parts[:-1])
        self.env.unrepeatable.append(".".join(parts))
        if sql is None or parts[-1] == "CURRVAL":
            return None
        return Typed(sql, m.number())

    def _column(self, column: Column) -> Typed:
        if self.env.lineage is not None:
            self.env.lineage |= column.lineage
        return Typed(column.sql, column.type, origin=column.origin, collation=column.collation)

    def _alias(self, scope: Scope, name: str) -> Typed:
        """A column of the same SELECT by its alias: its expression is put in its place."""
        saved = self.scope
        scope.expanding.add(name)
        self.scope = scope
        try:
            value = self.expression(scope.aliases[name])
        finally:
            self.scope = saved
            scope.expanding.discard(name)
        return Typed(f"({value.sql})", value.type, value.const)

    def _bare_word(self, node: n.Name) -> Typed | None:
        """Words that are no columns but mean something without parentheses."""
        word = node.parts[0] if len(node.parts) == 1 else ""
        connect = self.scope.connect
        if connect is not None and word == "LEVEL":
            return Typed(connect.level, m.number())
        if word in ("SYSDATE", "SYSTIMESTAMP"):
            return None
        return None

    def _positional(self, node: n.Positional) -> Typed:
        relations = self.scope.relations
        if node.table is not None:
            relations = [r for r in relations if r.matches((node.table,))]
        scope: Scope | None = self.scope
        while not relations and scope is not None and scope.parent is not None:
            scope = scope.parent
            relations = scope.relations
        columns = [column for relation in relations for column in relation.columns if not column.hidden]
        if not 1 <= node.index <= len(columns):
            raise self.error(errors.INVALID_IDENTIFIER, node, f"${node.index}")
        return self._column(columns[node.index - 1])

    def _variable(self, node: n.Variable) -> Typed:
        value = self.env.variables.get(node.name)
        if value is None:
            raise self.error(errors.VARIABLE_NOT_SET, node, node.name)
        return value

    def _bind(self, node: n.BindRef) -> Typed:
        self.env.volatile = True
        value = self.env.binds.get(node.name)
        if value is None and self.env.describing:
            return Typed("NULL", NULL_TYPE, None)
        if value is None and self.env.array_binds is not None and node.name in self.env.array_binds[1]:
            raise errors.UNSUPPORTED_FEATURE("array binds in anything but VALUES of one row")
        if value is None:
            raise self.error(errors.BIND_NOT_SET, node, "?" if node.name.isdigit() else f":{node.name}")
        return value

    def named_by_value(self, node: n.NamedByValue) -> n.Name | n.Call:
        """What ``IDENTIFIER(…)`` names, as if it were written there.

        Raises:
            SnowflakeError: 001008, its argument is no constant text.
        """
        parts = self.identifier_parts(node.argument)
        if node.call is None:
            return n.Name(parts, start=node.start, end=node.end)
        return replace(node.call, name=parts[-1], qualifier=parts[:-1])

    def identifier_parts(self, argument: n.Expr) -> tuple[str, ...]:
        """The folded parts of the name that the argument of ``IDENTIFIER(…)`` holds."""
        value = self.expression(argument)
        if not value.is_const or not isinstance(value.const, str):
            raise errors.INVALID_PARAMETER_VALUE(self.text_of(argument), "IDENTIFIER")
        parser = self.parser(value.const)
        parts = parser.qualified()
        parser.expect_end()
        return parts

    def _by_value(self, node: n.NamedByValue) -> Typed:
        return self.expression(self.named_by_value(node))

    def _row_key(self, node: n.RowKey) -> Typed:
        columns = (column for relation in self.scope.relations for column in relation.columns)
        ids = [f"coalesce(CAST({column.sql} AS VARCHAR), '-')" for column in columns if column.name == ROW_NAME]
        return Typed(" || '/' || ".join([literal(node.branch), *ids]), m.text())

    def _star(self, node: n.Star) -> Typed:
        raise self.error(errors.INVALID_IDENTIFIER, node, "*")

    def _star_column(self, node: n.StarColumn) -> Typed:
        column = node.column
        assert isinstance(column, Column)
        grouped.note(self.env.references, column.sql, Reference(column.name, self.sql, node.start, self.listing))
        return self._column(column)

    def _without_star(self, args: list[n.Expr]) -> list[n.Expr]:
        """The arguments of a call with columns in the places of stars. Vendor page: "SELECT", all columns."""
        result: list[n.Expr] = []
        for arg in args:
            if isinstance(arg, n.Star):
                result += [n.StarColumn(column, start=arg.start, end=arg.end) for column in self.star_columns(arg)]
            else:
                result.append(arg)
        return result

    # --- casts and branches -------------------------------------------------------------------------------------------
    def _cast(self, node: n.Cast) -> Typed:
        kind = resolve(node.type, str(self.parameter("TIMESTAMP_TYPE_MAPPING")))
        value = self.expression(node.operand)
        if node.changes:
            value = with_fields(value, kind, node.changes)
        text = self.text_of(node.operand).upper()
        call = f"TRY_CAST({text})" if node.safe else f"CAST({text} AS {kind.sql_name()})"
        return explicit_cast(value, kind, self.env, call, safe=node.safe)

    def _case(self, node: n.Case) -> Typed:
        results = [self.expression(result) for _, result in node.branches]
        if node.default is not None:
            results.append(self.expression(node.default))
        results = self.numbers_of(results)
        kind = common(result.type for result in results)
        kind = kind if kind is not NULL_TYPE else m.text()
        conditions = [self._case_condition(node.operand, condition) for condition, _ in node.branches]
        sql = "CASE"
        for condition, result in zip(conditions, results, strict=False):
            sql += f" WHEN {condition} THEN {self.coerce(result, kind).sql}"
        if node.default is not None:
            sql += f" ELSE {self.coerce(results[-1], kind).sql}"
        return Typed(f"({sql} END)", kind.with_nullable(True))

    def _case_condition(self, operand: n.Expr | None, condition: n.Expr) -> str:
        if operand is None:
            return self.condition(condition)
        return self.compare("=", self.expression(operand), self.expression(condition))

    # --- semi-structured ----------------------------------------------------------------------------------------------
    def _path(self, node: n.Path) -> Typed:
        value = self.expression(node.operand)
        kind = value.kind
        if kind == "TEXT" and node.colon:
            raise self.error(errors.INVALID_ARGUMENT_TYPES, node, "GET", f"{value.type.sql_name()}, VARCHAR")
        steps: list[str | int] = []
        sql = value.sql
        for step in node.steps:
            if isinstance(step, str):
                steps.append(step)
                continue
            index = self.expression(step)
            if kind == "MAP" and step is node.steps[0] and index.kind == "FIXED":
                index = self.coerce(index, m.text())
            if (index.is_const and isinstance(index.const, str)) or (
                index.is_const and isinstance(index.const, int) and index.const >= 0
            ):
                steps.append(index.const)
            else:
                sql = get_constant(sql, steps) if steps else sql
                steps = []
                sql = self.get_dynamic(sql, index)
        sql = get_constant(sql, steps) if steps else sql
        return self._element(sql, value.type, node.steps)

    def _element(self, sql: str, container: m.SnowflakeType, path: Sequence[str | n.Expr]) -> Typed:
        """A step into a structured type has the declared type of the element, value or field."""
        for step in path:
            if not container.fields:
                return Typed(sql, m.variant())
            key: Any = step
            if isinstance(step, n.Literal):
                key = step.value if step.kind == "string" else None
            elif not isinstance(step, str):
                key = None
            container = element_type(container, key)
        return self.coerce(Typed(sql, m.variant()), container.with_nullable(True))

    def get_dynamic(self, sql: str, index: Typed) -> str:
        """GET with an index or key known at run time."""
        if index.kind in ("FIXED", "REAL"):
            path = f"'$[' || CAST({self.coerce(index, m.number(18)).sql} AS VARCHAR) || ']'"
            guard = f"CASE WHEN {index.sql} >= 0 THEN CAST(json_extract({sql}, {path}) AS VARCHAR) END"
            return f"nullif({guard}, '{UNDEFINED}')"
        key = self.coerce(index, m.text()).sql
        return f"CAST(json_extract({sql}, '$.\"' || {key} || '\"') AS VARCHAR)"

    def _array(self, node: n.ArrayLiteral) -> Typed:
        return self.array_of(self.semi_structured([self.expression(item) for item in node.items]))

    def array_of(self, items: list[Typed]) -> Typed:
        parts = [self.variant_sql(item) for item in items]
        if not parts:
            return Typed("'[]'", m.array(nullable=False))
        inner = " || ',' || ".join(
            part if item.is_const and item.const is not None else f"coalesce({part}, '{UNDEFINED}')"
            for part, item in zip(parts, items, strict=True)
        )
        return Typed(f"('[' || {inner} || ']')", m.array(nullable=False))

    def variant_sql(self, value: Typed) -> str:
        return to_variant(value.sql, value.type)

    def _object(self, node: n.ObjectLiteral) -> Typed:
        if node.star is not None:
            pairs = [(literal_text(column.name), self._column(column)) for column in self.star_columns(node.star)]
        else:
            pairs = [(self.expression(key), self.expression(value)) for key, value in node.items]
        self.semi_structured([value for _, value in pairs])
        return self.object_of(pairs, keep_null=False)

    def semi_structured(self, values: list[Typed]) -> list[Typed]:
        """What is put into a semi-structured value. Vendor page: "Structured data types".

        Raises:
            SnowflakeError: 001038, a value is structured.
        """
        for value in values:
            if is_structured(value.type):
                raise errors.CANNOT_CONVERT_PARAMETER("expression", value.type.sql_name(), "VARIANT")
        return values

    def object_of(self, pairs: list[tuple[Typed, Typed]], *, keep_null: bool) -> Typed:
        """OBJECT_CONSTRUCT: pairs with NULL keys are left out, and with NULL values unless ``keep_null``."""
        if not pairs:
            return Typed("'{}'", m.object_(nullable=False))
        if not all(key.is_const and key.const is not None for key, _ in pairs):
            return self._dynamic_object(pairs, keep_null)
        keys = [str(key.const) for key, _ in pairs]
        duplicate = next((key for index, key in enumerate(keys) if key in keys[:index]), None)
        if duplicate is not None:
            raise errors.DUPLICATE_KEY(duplicate)
        parts = []
        for key, value in sorted(((str(k.const), v) for k, v in pairs), key=lambda pair: pair[0].encode()):
            text = self.variant_sql(value)
            text = f"coalesce({text}, 'null')" if keep_null else text
            parts.append(f"{literal(json_string(key) + ':')} || {text}")
        return Typed(f"('{{' || concat_ws(',', {', '.join(parts)}) || '}}')", m.object_(nullable=False))

    def _dynamic_object(self, pairs: list[tuple[Typed, Typed]], keep_null: bool) -> Typed:
        keys = ", ".join(self.coerce(key, m.text()).sql for key, _ in pairs)
        values = ", ".join(self.variant_sql(value) for _, value in pairs)
        sql = f"sf_object([{keys}]::VARCHAR[], [{values}]::VARCHAR[], {str(keep_null).lower()})"
        return Typed(sql, m.object_(nullable=False))

    def star_columns(self, star: n.Star) -> list[Column]:
        raise NotImplementedError

    # --- subqueries ---------------------------------------------------------------------------------------------------
    def _scalar_query(self, node: n.ScalarQuery) -> Typed:
        bound = self.query(node.query, self.scope.child())
        if len(bound.columns) != 1:
            raise errors.SnowflakeError(
                2054, "42601", "SQL compilation error:\nInvalid expression: scalar subquery with several columns"
            )
        return Typed(f"({bound.sql})", bound.columns[0].type.with_nullable(True))

    def _exists(self, node: n.Exists) -> Typed:
        bound = self.query(_without_columns(node.query), self.scope.child())
        return Typed(f"EXISTS ({bound.sql})", m.boolean(nullable=False))

    # --- calls --------------------------------------------------------------------------------------------------------
    def _call(self, node: n.Call) -> Typed:
        matched = self.match_call(node)
        if matched is not None:
            return matched
        if any(isinstance(arg, n.Spread) for arg in node.args):
            node = replace(node, args=spread(self, node.args), start=node.start, end=node.end)
        if node.name not in registry.STARRED and any(isinstance(arg, n.Star) for arg in node.args):
            node = replace(node, args=self._without_star(node.args), start=node.start, end=node.end)
        if node.qualifier:
            full = ".".join((*node.qualifier, node.name))
            if full not in registry.FUNCTIONS:
                return self.user_call(node)
            node = replace(node, name=full, qualifier=(), start=node.start, end=node.end)
        if node.name not in registry.FUNCTIONS:
            return self.user_call(node)
        if node.named and node.name in registry.PARAMETER_NAMES:
            node = self._positioned(node)
        line, column = position(self.sql, node.start)
        entry = registry.find(node.name, len(node.args), self.text_of(node), line=line, pos=column)
        if not entry.is_repeatable:
            self.env.unrepeatable.append(node.name)
        self.env.volatile = self.env.volatile or entry.is_contextual
        listing = self.listing
        if entry.kind == "aggregate" and node.window is None:
            self.aggregates += 1
            self.listing = False
        if node.window is not None or entry.kind == "window":
            self.windows += 1
        if entry.kind == "window" and node.window is None and self.match_over is None:
            raise errors.SnowflakeError(
                2303, "42601", f"SQL compilation error:\nInvalid function type [{node.name}]: it needs an OVER clause"
            )
        try:
            return entry.lower(registry.FunctionCall(self, node))  # type: ignore[arg-type]
        finally:
            self.listing = listing

    def _positioned(self, node: n.Call) -> n.Call:
        """A call whose arguments are named, with them in their places."""
        args = list(node.args)
        for name in registry.PARAMETER_NAMES[node.name][len(args) :]:
            if name not in node.named:
                break
            args.append(node.named[name])
        if len(args) != len(node.args) + len(node.named):
            raise self.error(errors.INVALID_FUNCTION_TYPE, node, self.text_of(node), "named arguments")
        return n.Call(node.name, args, distinct=node.distinct, window=node.window, start=node.start, end=node.end)

    def match_call(self, node: n.Call) -> Typed | None:
        """A call that means something else inside MATCH_RECOGNIZE."""
        del node
        return None

    def user_call(self, node: n.Call) -> Typed:
        result: Typed | None = self.env.catalog.user_function(self, node)
        if result is None:
            entry = errors.UNKNOWN_UDF if node.qualifier else errors.UNKNOWN_FUNCTION
            raise entry(".".join((*node.qualifier, node.name)))
        self.env.unrepeatable.append(node.name)
        return result

    def _interval(self, node: n.Interval) -> Typed:
        raise errors.SnowflakeError(
            1003,
            "42000",
            f"SQL compilation error:\nINTERVAL '{node.text}' can only be added to or subtracted from a date",
        )

    def _collate(self, node: n.Collate) -> Typed:
        return self.expression(n.Call("COLLATE", [node.operand, n.Literal("string", node.collation)]))

    def _row(self, node: n.Row) -> Typed:
        raise self.error(errors.INVALID_FUNCTION_TYPE, node, self.text_of(node), "row value")

    def _lambda(self, node: n.Lambda) -> Typed:
        raise self.error(errors.INVALID_FUNCTION_TYPE, node, self.text_of(node), "lambda")


def literal_text(value: str) -> Typed:
    return Typed(literal(value), m.text(max(1, len(value)), nullable=False), value)


def _without_columns(query: n.Query) -> n.Query:
    """The query of EXISTS: one that selects ``*`` has as many rows without it."""
    body = query.body
    if not isinstance(body, n.Select) or body.source is None or body.distinct or body.group is not None or query.order:
        return query
    if [item.expr for item in body.items] != [n.Star(start=body.items[0].expr.start, end=body.items[0].expr.end)]:
        return query
    return replace(query, body=replace(body, items=[n.SelectItem(n.Literal("number", "1"), "1")]))


def json_string(value: str) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


_LOWERINGS: dict[type, Callable[[Any, Any], Typed]] = {
    n.Literal: ExpressionBinder._literal,
    n.Name: ExpressionBinder._name,
    n.Positional: ExpressionBinder._positional,
    n.Variable: ExpressionBinder._variable,
    n.BindRef: ExpressionBinder._bind,
    n.RowKey: ExpressionBinder._row_key,
    n.Star: ExpressionBinder._star,
    n.StarColumn: ExpressionBinder._star_column,
    n.Unary: OperatorBinder._unary,
    n.Binary: OperatorBinder._binary,
    n.Is: OperatorBinder._is,
    n.Between: OperatorBinder._between,
    n.In: OperatorBinder._in,
    n.Like: OperatorBinder._like,
    n.Quantified: OperatorBinder._quantified,
    n.Case: ExpressionBinder._case,
    n.Cast: ExpressionBinder._cast,
    n.Path: ExpressionBinder._path,
    n.ArrayLiteral: ExpressionBinder._array,
    n.ObjectLiteral: ExpressionBinder._object,
    n.NamedByValue: ExpressionBinder._by_value,
    n.ScalarQuery: ExpressionBinder._scalar_query,
    n.Exists: ExpressionBinder._exists,
    n.Call: ExpressionBinder._call,
    n.Interval: ExpressionBinder._interval,
    n.Collate: ExpressionBinder._collate,
    n.Row: ExpressionBinder._row,
    n.Lambda: ExpressionBinder._lambda,
}
__all__ = ["NO_CONST", "ExpressionBinder"]
