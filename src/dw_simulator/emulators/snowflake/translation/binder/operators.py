"""Operators: arithmetic, comparison, logic, LIKE, IN. Vendor page: "Query operators"."""

from __future__ import annotations

import re
from dataclasses import replace

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation import interval_values
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.binder.base import BinderBase
from dw_simulator.emulators.snowflake.translation.binder.spreads import in_spread
from dw_simulator.emulators.snowflake.translation.collations import reconciled
from dw_simulator.emulators.snowflake.translation.intervals import parse_interval
from dw_simulator.emulators.snowflake.translation.quotients import near_quotient
from dw_simulator.emulators.snowflake.translation.structures import is_structured
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import NULL_TYPE, Typed, arithmetic, common
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

_TEMPORAL = ("DATE", "TIME", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ")
_SEMI = ("VARIANT", "OBJECT", "ARRAY", "MAP")


_CONDITIONS = (n.Binary, n.Unary, n.Is, n.Between, n.In, n.Like, n.Quantified, n.Exists)


class OperatorBinder(BinderBase):
    def condition(self, node: n.Expr) -> str:
        """SQL of a boolean (WHERE, ON, HAVING, QUALIFY, CASE WHEN)."""
        return self.boolean(self.expression(node)).sql

    def boolean(self, value: Typed) -> Typed:
        """A condition. Of texts only ``true`` and ``false`` are one. Vendor page: "Logical data types"."""
        if value.kind == "TEXT":
            return Typed(f"sf.condition({value.sql})", m.boolean())
        return self.coerce(value, m.boolean())

    # --- unary --------------------------------------------------------------------------------------------------------
    def _unary(self, node: n.Unary) -> Typed:
        match node.op:
            case "NOT":
                return Typed(f"(NOT {self.condition(node.operand)})", m.boolean())
            case "-":
                return self._negative(node)
            case "+":
                return self._signed(node, "UNARY PLUS")
            case "PRIOR" | "CONNECT_BY_ROOT":
                return self.hierarchical(node)
        raise self.error(errors.SYNTAX_ERROR, node, node.op)

    def hierarchical(self, node: n.Unary) -> Typed:
        raise self.error(errors.SYNTAX_ERROR, node, node.op)

    def _negative(self, node: n.Unary) -> Typed:
        if isinstance(node.operand, n.Literal) and node.operand.kind == "number":
            value = self.number_literal("-" + node.operand.value)
            return Typed(
                value.sql if value.sql.startswith(("(", "CAST")) else f"({value.sql})", value.type, value.const
            )
        value = self._signed(node, "NEGATE")
        if value.kind == "DECFLOAT":
            return Typed(f"sf_decfloat_negative({value.sql})", value.type)
        return Typed(f"(- {value.sql})", value.type)

    def _signed(self, node: n.Unary, function: str) -> Typed:
        """What a sign stands before. Raises SnowflakeError 001044: it has no sign."""
        value = self.expression(node.operand)
        if interval_values.is_interval(value):
            return value
        if value.kind not in ("FIXED", "REAL", "DECFLOAT", "TEXT", "VARIANT", "NULL"):
            raise self.error(errors.INVALID_ARGUMENT_TYPES, node, function, value.type.sql_name())
        return self.numeric(value, decfloat=True)

    # --- binary -------------------------------------------------------------------------------------------------------
    def _binary(self, node: n.Binary) -> Typed:
        op = node.op
        if op in ("AND", "OR"):
            return Typed(f"({self.condition(node.left)} {op} {self.condition(node.right)})", m.boolean())
        if op in ("+", "-") and (isinstance(node.right, n.Interval) or isinstance(node.left, n.Interval)):
            return self._add_interval(node)
        if op in ("=", "<>", "<", ">", "<=", ">=") and isinstance(node.left, n.Row) and isinstance(node.right, n.Row):
            return self._compare_rows(op, node.left, node.right)
        left, right = self.expression(node.left), self.expression(node.right)
        if op == "||":
            self._check_parts(node, left, right)
            return self.concat(left, right)
        if op in ("=", "<>", "<", ">", "<=", ">="):
            return Typed(self.compare(op, left, right), m.boolean())
        return self.arithmetic(op, left, right)

    def _check_parts(self, node: n.Binary, left: Typed, right: Typed) -> None:
        """Raises SnowflakeError 001044: a BOOLEAN that is computed is no text. Vendor page: "Logical data types"."""
        for part, value in ((node.left, left), (node.right, right)):
            computed = isinstance(part, _CONDITIONS) and not (isinstance(part, n.Binary) and part.op == "||")
            if computed and value.kind == "BOOLEAN":
                kinds = f"{left.type.sql_name()}, {right.type.sql_name()}"
                raise self.error(errors.INVALID_ARGUMENT_TYPES, node, "||", kinds)

    def _compare_rows(self, op: str, left: n.Row, right: n.Row) -> Typed:
        if len(left.items) != len(right.items):
            kinds = [", ".join(self.expression(item).type.sql_name() for item in row.items) for row in (left, right)]
            raise errors.INVALID_ARGUMENT_TYPES(op, ", ".join(f"ROW({kind})" for kind in kinds))
        pairs = [
            self.compare("=", self.expression(a), self.expression(b))
            for a, b in zip(left.items, right.items, strict=True)
        ]
        sql = "(" + " AND ".join(pairs) + ")"
        if op not in ("=", "<>"):
            raise errors.UNSUPPORTED_FEATURE(f"{op} of rows")
        return Typed(sql if op == "=" else f"(NOT {sql})", m.boolean())

    def concat(self, left: Typed, right: Typed) -> Typed:
        if left.kind == "BINARY" and right.kind == "BINARY":
            return Typed(f"({left.sql} || {right.sql})", m.binary())
        a, b = self.coerce(left, m.text()), self.coerce(right, m.text())
        length = min(m.MAX_TEXT_LENGTH, (a.type.length or 0) + (b.type.length or 0))
        joined = Typed(f"({a.sql} || {b.sql})", m.text(length))
        if isinstance(left.const, str) and isinstance(right.const, str):
            # A format may be put together of literals.
            joined = replace(joined, const=left.const + right.const)
        return joined

    def arithmetic(self, op: str, left: Typed, right: Typed) -> Typed:
        """``left op right``, which is NULL only where one of the two is."""
        result = self._arithmetic(op, left, right)
        nullable = any(value.kind == "NULL" or value.type.nullable for value in (left, right))
        return replace(result, type=result.type.with_nullable(nullable))

    def _arithmetic(self, op: str, left: Typed, right: Typed) -> Typed:
        if interval_values.applies(op, left, right):
            return interval_values.arithmetic(self, op, left, right)
        if op in ("+", "-") and (left.kind in _TEMPORAL or right.kind in _TEMPORAL):
            return self._date_arithmetic(op, left, right)
        left, right = self.numeric(left, decfloat=True), self.numeric(right, decfloat=True)
        if "DECFLOAT" in (left.kind, right.kind):
            a, b = self.coerce(left, m.decfloat()).sql, self.coerce(right, m.decfloat()).sql
            return Typed(f"sf_decfloat_op('{op}', {a}, {b})", m.decfloat())
        if left.kind == "REAL" or right.kind == "REAL":
            return self._real_arithmetic(op, left, right)
        kind = arithmetic(op, left.type, right.type)
        if op == "/":
            return Typed(self.divide(left, right, kind), kind)
        if op == "%":
            return Typed(self._remainder(left, right, kind), kind)
        if op == "*" and self._is_long_product(left, right):
            return Typed(self.scaled(self._exactly("multiply", left, right, kind), kind.scale or 0), kind)
        a, b = self._integers(left, right) if not kind.scale else (left.sql, right.sql)
        sql = f"({a} {op} {b})"
        if self.env.wide_integers and not kind.scale:
            sql = f"sf.fits({sql})"
        if op == "*" and kind.scale != (left.type.scale or 0) + (right.type.scale or 0):
            sql = f"CAST({sql} AS DECIMAL({kind.precision},{kind.scale}))"
        return Typed(sql, kind)

    def _is_long_product(self, left: Typed, right: Typed) -> bool:
        """Whether the product has more digits on the way than DuckDB has; its result may have 38 or less."""
        scale = (left.type.scale or 0) + (right.type.scale or 0)
        return scale > m.MAX_PRECISION or (self.env.wide_integers and scale > 0)

    def _exactly(self, name: str, left: Typed, right: Typed, kind: SnowflakeType) -> str:
        """A result in units of the scale of ``kind``, computed with as many digits as it takes."""
        texts = f"CAST({left.sql} AS VARCHAR), CAST({right.sql} AS VARCHAR)"
        return f"CAST(sf_{name}({texts}, {kind.scale or 0}) AS HUGEINT)"

    def _remainder(self, left: Typed, right: Typed, kind: SnowflakeType) -> str:
        scale = kind.scale or 0
        if not scale:
            return f"({left.sql} % sf.divisor({left.sql}, {right.sql}))"
        if self.env.wide_integers:
            return self.scaled(self._exactly("remainder", left, right, kind), scale)
        # by whole numbers: DuckDB's remainder of decimals is one of doubles where they are long
        a, b = self._units(left, scale), self._units(right, scale)
        return self.scaled(f"(({a}) % sf.divisor({left.sql}, {b}))", scale)

    def _integers(self, left: Typed, right: Typed) -> tuple[str, str]:
        """Both sides so wide that DuckDB's literals do not make the operation a 32-bit one."""
        width = "HUGEINT" if self.env.wide_integers else "BIGINT"
        if self.env.wide_integers or (left.is_const and right.is_const):
            return f"CAST({left.sql} AS {width})", right.sql
        return left.sql, right.sql

    def _real_arithmetic(self, op: str, left: Typed, right: Typed) -> Typed:
        a, b = self.coerce(left, m.real()).sql, self.coerce(right, m.real()).sql
        if op in ("/", "%"):
            b = f"sf.divisor({a}, {b})"
        return Typed(f"({a} {op} {b})", m.real())

    def divide(self, left: Typed, right: Typed, kind: SnowflakeType, *, null_for_zero: bool = False) -> str:
        """Exact division, rounded half away from zero at the scale of ``kind``.

        ``null_for_zero``: a divisor of zero gives NULL and no error.
        """
        s2, scale = right.type.scale or 0, kind.scale or 0
        if self.env.wide_integers:
            return self.scaled(self._exactly("try_divide" if null_for_zero else "divide", left, right, kind), scale)
        near = near_quotient(left, right, scale)
        if near is not None:
            checked = near if null_for_zero else f"sf.div_checked({near}, {left.sql}, {right.sql})"
            return self.scaled(checked, scale)
        a, b = self._units(left, scale + s2), self._units(right, s2)
        if null_for_zero or (right.is_const and right.const):
            return self.scaled(f"sf.div_half({a}, {left.sql}, {b})", scale)
        return self.scaled(f"sf.div_round({a}, {left.sql}, {b}, {right.sql})", scale)

    def divide_down(self, left: Typed, right: Typed, kind: SnowflakeType) -> str:
        """Division by an integer that cuts off what is below the scale of ``kind``; NULL for a divisor of zero."""
        units = self._units(left, kind.scale or 0)
        return self.scaled(f"({units} // nullif({right.sql}, 0))", kind.scale or 0)

    def _units(self, value: Typed, digits: int) -> str:
        """A number in units of 10**-digits, as an integer; ``digits`` is not less than the number's scale."""
        scale = value.type.scale or 0
        if scale and self.env.wide_integers:
            return f"sf.units({value.sql}, {10**digits})"  # a product of decimals has 38 digits, of integers more
        whole = f"CAST({value.sql} * {10**scale} AS HUGEINT)" if scale else f"CAST({value.sql} AS HUGEINT)"
        return f"{whole} * {10 ** (digits - scale)}" if digits > scale else whole

    def scaled(self, sql: str, scale: int) -> str:
        """An integer of 10**-scale units as a decimal."""
        if scale == 0:
            return sql
        unit = "0." + "0" * (scale - 1) + "1"
        return f"(CAST({sql} AS DECIMAL(38,0)) * CAST({unit} AS DECIMAL({scale + 1},{scale})))"

    # --- dates --------------------------------------------------------------------------------------------------------
    def _date_arithmetic(self, op: str, left: Typed, right: Typed) -> Typed:
        if op == "-" and left.kind == "DATE" and right.kind == "DATE":
            return Typed(f"CAST({left.sql} - {right.sql} AS BIGINT)", m.number(9, 0))
        if right.kind in _TEMPORAL and left.kind not in _TEMPORAL and op == "+":
            left, right = right, left
        if left.kind == "DATE" and right.kind in ("FIXED", "TEXT", "VARIANT", "NULL"):
            days = self.coerce(self.numeric(right), m.number(9, 0)).sql
            return Typed(f"({left.sql} {op} CAST({days} AS INTEGER))", m.date())
        raise errors.INVALID_ARGUMENT_TYPES(op, f"{left.type.sql_name()}, {right.type.sql_name()}")

    def _add_interval(self, node: n.Binary) -> Typed:
        if isinstance(node.left, n.Interval) and not isinstance(node.right, n.Interval) and node.op == "+":
            base, interval = node.right, node.left
        elif isinstance(node.right, n.Interval):
            base, interval = node.left, node.right
        else:
            raise self.error(errors.SYNTAX_ERROR, node, "INTERVAL")
        value = self.expression(base)
        if value.kind == "TEXT":
            value = self.coerce(value, m.timestamp_ntz())
        if value.kind not in _TEMPORAL:
            raise errors.INVALID_ARGUMENT_TYPES(node.op, f"{value.type.sql_name()}, INTERVAL")
        for amount, part in parse_interval(interval.text):
            value = self.date_add(part, f"{amount if node.op == '+' else -amount}", value)
        return value

    def date_add(self, part: str, amount: str, value: Typed) -> Typed:
        from dw_simulator.emulators.snowflake.functions.dates import add_part

        return add_part(self, part, amount, value)

    # --- comparison ---------------------------------------------------------------------------------------------------
    def compare(self, op: str, left: Typed, right: Typed) -> str:
        a, b = self.comparable(left, right)
        if is_structured(left.type) and is_structured(right.type) and op[0] in "<>" and op != "<>":
            a, b = f"sf_structured_order({a})", f"sf_structured_order({b})"
        return f"({a} {op} {b})"

    def comparable(self, left: Typed, right: Typed) -> tuple[str, str]:
        """Both sides brought to one type that DuckDB compares as Snowflake does."""
        left, right = reconciled(left, right)
        if left.kind == right.kind == "FIXED":
            return left.sql, right.sql
        kind = self._comparison_type(left, right)
        if kind.name == "BOOLEAN":
            left, right = self.boolean(left), self.boolean(right)
        return self.key(self.coerce(left, kind)), self.key(self.coerce(right, kind))

    def _comparison_type(self, left: Typed, right: Typed) -> SnowflakeType:
        """Raises SnowflakeError 002023: structured values of which none can be coerced to the other."""
        if is_structured(left.type) or is_structured(right.type):
            return common((left.type, right.type)).with_nullable(True)
        names = {left.kind, right.kind}
        for value, other in ((left, right), (right, left)):
            if value.kind == "TEXT" and other.kind == "FIXED":
                return (
                    m.number(38, max(other.type.scale or 0, 5)) if not value.is_const else self._literal_number(value)
                )
            if value.kind == "VARIANT" and other.kind not in _SEMI and other.kind != "NULL":
                return m.number(38, 9) if other.kind == "FIXED" else other.type
        if names == {"TEXT"}:
            return m.text()
        if names == {"BINARY"}:
            return m.binary()
        if len(names) == 1 and left.kind in _TEMPORAL:
            return left.type if (left.type.scale or 0) >= (right.type.scale or 0) else right.type
        kind = common((left.type, right.type))
        return kind if kind is not NULL_TYPE else m.text()

    def _literal_number(self, value: Typed) -> SnowflakeType:
        if value.const is None:
            return m.number()
        return self.number_from_text(value).type

    def key(self, value: Typed) -> str:
        """SQL that compares, sorts and groups ``value`` as Snowflake does."""
        if value.kind == "TIMESTAMP_TZ":
            return f"({value.sql}).value"
        if value.kind == "VARIANT":
            return f"sf.v_key({value.sql})"
        return value.sql

    def _is(self, node: n.Is) -> Typed:
        value = self.expression(node.operand)
        no = "NOT " if node.negated else ""
        if node.what == "DISTINCT FROM" and node.right is not None:
            a, b = self.comparable(value, self.expression(node.right))
            return Typed(f"({a} IS {no}DISTINCT FROM {b})", m.boolean(nullable=False))
        if node.what == "NULL":
            return Typed(f"({value.sql} IS {no}NULL)", m.boolean())
        return Typed(f"({self.boolean(value).sql} IS {no}{node.what})", m.boolean(nullable=False))

    def _between(self, node: n.Between) -> Typed:
        value = self.expression(node.operand)
        low = self.compare(">=", value, self.expression(node.low))
        high = self.compare("<=", value, self.expression(node.high))
        sql = f"({low} AND {high})"
        return Typed(f"(NOT {sql})" if node.negated else sql, m.boolean())

    # --- in -----------------------------------------------------------------------------------------------------------
    def _in(self, node: n.In) -> Typed:
        sql = self._in_query(node) if node.query is not None else self._in_list(node)
        return Typed(f"(NOT {sql})" if node.negated else sql, m.boolean())

    def _in_list(self, node: n.In) -> str:
        if isinstance(node.operand, n.Row):
            options = [item for item in node.values if isinstance(item, n.Row)]
            if not options and len(node.values) == len(node.operand.items):
                options = [n.Row(node.values)]  # (a, b) IN (1, 2): the list is the one row, as drivers write it
            elif len(options) != len(node.values):
                raise self.error(errors.INVALID_FUNCTION_TYPE, node, self.text_of(node), "IN")
            tests = [self._compare_rows("=", node.operand, option).sql for option in options]
            return "(" + " OR ".join(tests) + ")"
        value = self.expression(node.operand)
        if any(isinstance(item, n.Spread) for item in node.values):
            return in_spread(self, value, node.values)
        options_ = [self.expression(item) for item in node.values]
        kinds = {item.kind for item in options_} | {value.kind}
        collated = value.collation or any(item.collation for item in options_)
        if kinds <= {"FIXED", "NULL"} or (kinds <= {"TEXT", "NULL"} and not collated):
            return f"({value.sql} IN ({', '.join(item.sql for item in options_)}))"
        return "(" + " OR ".join(self.compare("=", value, item) for item in options_) + ")"

    def _in_query(self, node: n.In) -> str:
        assert node.query is not None
        bound = self.query(node.query, self.scope.child())
        operands = node.operand.items if isinstance(node.operand, n.Row) else [node.operand]
        if len(operands) != len(bound.columns):
            raise errors.SET_OPERATOR_COLUMNS(len(operands), len(bound.columns), 2)
        alias = self.fresh()
        relation = bound.relation(alias, ())
        lefts, rights = [], []
        for operand, column in zip(operands, relation.columns, strict=True):
            a, b = self.comparable(self.expression(operand), Typed(column.sql, column.type))
            lefts.append(a)
            rights.append(b)
        left = lefts[0] if len(lefts) == 1 else "(" + ", ".join(lefts) + ")"
        right = rights[0] if len(rights) == 1 else "(" + ", ".join(rights) + ")"
        return f"({left} IN (SELECT {right} FROM ({bound.sql}) AS {alias}))"

    def _quantified(self, node: n.Quantified) -> Typed:
        bound = self.query(node.query, self.scope.child())
        alias = self.fresh()
        column = bound.relation(alias, ()).columns[0]
        a, b = self.comparable(self.expression(node.left), Typed(column.sql, column.type))
        sql = f"({a} {node.op} {node.quantifier} (SELECT {b} FROM ({bound.sql}) AS {alias}))"
        return Typed(sql, m.boolean())

    # --- like ---------------------------------------------------------------------------------------------------------
    def _like(self, node: n.Like) -> Typed:
        value = self.coerce(self.expression(node.operand), m.text()).sql
        escape = self.expression(node.escape) if node.escape is not None else None
        patterns = [self.coerce(self.expression(item), m.text()) for item in node.patterns]
        tests = [self.like_sql(node.op, value, pattern, escape) for pattern in patterns]
        joined = (" AND " if node.quantifier == "ALL" else " OR ").join(tests)
        sql = f"({joined})" if len(tests) > 1 else joined
        plain = f"({value} {node.op} "  # DuckDB knows how many rows NOT LIKE leaves, but not NOT (… LIKE …)
        if node.negated and len(tests) == 1 and sql.startswith(plain):
            return Typed(f"({value} NOT {node.op} {sql.removeprefix(plain)}", m.boolean())
        return Typed(f"(NOT {sql})" if node.negated else sql, m.boolean())

    def like_sql(self, op: str, value: str, pattern: Typed, escape: Typed | None = None) -> str:
        """``value op pattern``. Without ESCAPE Snowflake has no escape character."""
        if op == "RLIKE":
            from dw_simulator.emulators.snowflake.functions.regexps import matches_sql

            return matches_sql(value, pattern, None)
        if pattern.is_const and isinstance(pattern.const, str) and (escape is None or escape.is_const):
            text = pattern.const
            if escape is not None and escape.const:
                return f"({value} {op} {pattern.sql} ESCAPE {escape.sql})"
            if not re.search(r"\\", text):
                return f"({value} {op} {pattern.sql})"
            return f"({value} {op} {literal(text)} ESCAPE '{_unused(text)}')"
        sign = escape.sql if escape is not None else "chr(1)"
        name = "ilike_escape" if op == "ILIKE" else "like_escape"
        return f"{name}({value}, {pattern.sql}, {sign})"


def _unused(text: str) -> str:
    """A character that is not in ``text``, to switch the default escape off."""
    return next(sign for sign in "\x01\x02\x03\x04~^" if sign not in text)
