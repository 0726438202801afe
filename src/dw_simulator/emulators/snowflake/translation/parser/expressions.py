"""Expressions. Precedence, loosest first: OR, AND, NOT, comparisons, + - ||, * / %, unary, COLLATE, :: : []."""

# ruff: noqa: RET503 - fail() does not return
from __future__ import annotations

from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.lexer import DOLLAR, NUMBER, OP, QUOTED, STRING, WORD
from dw_simulator.emulators.snowflake.translation.parser.stars import StarParser

COMPARISONS = frozenset({"=", "<>", "!=", "<", ">", "<=", ">="})
BARE_FUNCTIONS = frozenset(
    {
        "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP", "CURRENT_USER",
    }
)  # fmt: skip
"""Functions that may be written without parentheses. Vendor page: "Context functions"."""
NEVER_NAMES = frozenset(
    {
        "SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "QUALIFY", "UNION", "INTERSECT", "EXCEPT", "MINUS",
        "LIMIT", "FETCH", "ON", "USING", "AND", "OR", "THEN", "WHEN", "ELSE", "AS", "INTO", "VALUES", "WITH", "BY",
        "IN", "IS", "LIKE", "ILIKE", "RLIKE", "BETWEEN", "DISTINCT", "SET", "JOIN",
        "CREATE", "DROP", "ALTER", "DELETE", "INSERT", "UPDATE", "GRANT", "REVOKE", "TABLE", "TO", "UNIQUE",
    }
)  # fmt: skip
"""Reserved words that cannot start an expression. Vendor page: "Reserved & limited keywords"."""
_NAMES_AT_START = frozenset({"EXCEPT", "FETCH", "LIMIT"})
"""Words that go on with a query, and are names where an expression starts: they are not reserved."""
_TYPE_PREFIXES = frozenset(
    {"DECFLOAT", "FLOAT", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ", "DATETIME"}
)


class ExpressionParser(StarParser):
    def __init__(self, sql: str, *, fold_quoted: bool = False) -> None:
        super().__init__(sql, fold_quoted=fold_quoted)
        self.binds = 0

    def query(self) -> n.Query:
        raise NotImplementedError

    def expression(self) -> n.Expr:
        start = self.token.start
        left = self._and()
        while self.accept("OR"):
            left = n.Binary("OR", left, self._and(), start=start, end=self.last_end)
        return left

    def _and(self) -> n.Expr:
        start = self.token.start
        left = self._not()
        while self.accept("AND"):
            left = n.Binary("AND", left, self._not(), start=start, end=self.last_end)
        return left

    def _not(self) -> n.Expr:
        start = self.token.start
        if self.accept("NOT"):
            return n.Unary("NOT", self._not(), start=start, end=self.last_end)
        return self._comparison()

    # --- comparisons --------------------------------------------------------------------------------------------------
    def _comparison(self) -> n.Expr:
        start = self.token.start
        left = self.additive()
        while True:
            result = self._comparison_tail(left)
            if result is None:
                return left
            left = result
            left.start, left.end = start, self.last_end

    def _comparison_tail(self, left: n.Expr) -> n.Expr | None:
        token = self.token
        if token.kind == OP and token.value in COMPARISONS:
            self.next()
            op = "<>" if token.value == "!=" else token.value
            if self.is_word("ANY", "ALL", "SOME") and self.ahead().value == "(":
                quantifier = self.next().value
                return n.Quantified(op, left, "ALL" if quantifier == "ALL" else "ANY", self._parenthesized_query())
            return n.Binary(op, left, self.additive())
        if token.kind != WORD:
            return None
        if self.accept("IS"):
            return self._is_tail(left)
        negated = self.is_word("NOT") and self.ahead().value in ("IN", "LIKE", "ILIKE", "RLIKE", "REGEXP", "BETWEEN")
        if negated:
            self.next()
        word = self.accept_any("IN", "LIKE", "ILIKE", "RLIKE", "REGEXP", "BETWEEN")
        if word is None:
            return None
        if word == "IN":
            return self._in_tail(left, negated)
        if word == "BETWEEN":
            low = self.additive()
            self.expect("AND")
            return n.Between(left, low, self.additive(), negated)
        return self._like_tail("RLIKE" if word == "REGEXP" else word, left, negated)

    def _is_tail(self, left: n.Expr) -> n.Expr:
        negated = self.accept("NOT")
        if self.accept("DISTINCT", "FROM"):
            return n.Is(left, "DISTINCT FROM", negated, self.additive())
        what = self.accept_any("NULL", "TRUE", "FALSE")
        if what is None:
            self.fail()
        return n.Is(left, what, negated)

    def _in_tail(self, left: n.Expr, negated: bool) -> n.Expr:
        if not self.is_op("("):
            return n.In(left, [self.additive()], None, negated)
        if self._at_query(1):
            return n.In(left, [], self._parenthesized_query(), negated)
        return n.In(left, self.parenthesized(self.expression), None, negated)

    def _like_tail(self, op: str, left: n.Expr, negated: bool) -> n.Expr:
        quantifier = self.accept_any("ANY", "ALL")
        patterns: list[n.Expr]
        if quantifier and self._at_query(1):
            patterns = [n.ScalarQuery(self._parenthesized_query())]  # of one row
        elif quantifier:
            patterns = self.parenthesized(self.expression)
        else:
            patterns = [self.additive()]
        escape = self.additive() if self.accept("ESCAPE") else None
        return n.Like(op, left, patterns, quantifier, escape, negated)

    def _at_query(self, offset: int = 0) -> bool:
        """Whether a query starts ``offset`` tokens ahead (past further opening parentheses)."""
        while self.ahead(offset).kind == OP and self.ahead(offset).value == "(":
            offset += 1
        token = self.ahead(offset)
        return token.kind == WORD and token.value in ("SELECT", "WITH", "VALUES")

    def _parenthesized_query(self) -> n.Query:
        self.expect_op("(")
        query = self.query()
        self.expect_op(")")
        return query

    # --- arithmetic ---------------------------------------------------------------------------------------------------
    def additive(self) -> n.Expr:
        start = self.token.start
        left = self._multiplicative()
        while self.is_op("+", "-", "||"):
            op = self.next().value
            left = n.Binary(op, left, self._multiplicative(), start=start, end=self.last_end)
        return left

    def _multiplicative(self) -> n.Expr:
        start = self.token.start
        left = self._unary()
        while self.is_op("*", "/", "%"):
            op = self.next().value
            left = n.Binary(op, left, self._unary(), start=start, end=self.last_end)
        return left

    def _unary(self) -> n.Expr:
        start = self.token.start
        if self.is_op("-", "+"):
            op = self.next().value
            return n.Unary(op, self._unary(), start=start, end=self.last_end)
        if self.is_word("PRIOR", "CONNECT_BY_ROOT") and self._names_follow():
            op = self.next().value
            return n.Unary(op, self._unary(), start=start, end=self.last_end)
        return self._postfix()

    def _names_follow(self) -> bool:
        following = self.ahead()
        ends = following.value in NEVER_NAMES or following.value in ("ASC", "DESC", "NULLS")
        return following.kind == QUOTED or (following.kind == WORD and not ends)

    def _postfix(self) -> n.Expr:
        start = self.token.start
        value = self._primary()
        while True:
            if self.accept_op("::"):
                value = n.Cast(value, self.type_ref(), start=start, end=self.last_end)
            elif self.is_op(":") and self.ahead().kind in (WORD, QUOTED, STRING):
                value = n.Path(value, self._colon_steps(), start=start, end=self.last_end)
            elif self.is_op("["):
                steps: list[str | n.Expr] = [self._bracket_step()]
                value = n.Path(value, steps + self._more_steps(), colon=False, start=start, end=self.last_end)
            elif self.is_word("COLLATE") and self.ahead().kind == STRING:
                self.next()
                value = n.Collate(value, self.string(), start=start, end=self.last_end)
            else:
                return value

    def _colon_steps(self) -> list[str | n.Expr]:
        self.expect_op(":")
        first = self._path_key()
        return [first, *self._more_steps()]

    def _path_key(self) -> str:
        """A key as written: path keys are case-sensitive."""
        token = self.next()
        return self.sql[token.start : token.end] if token.kind == WORD else token.value

    def _more_steps(self) -> list[str | n.Expr]:
        steps: list[str | n.Expr] = []
        while True:
            if self.is_op(".") and self.ahead().kind in (WORD, QUOTED):
                self.next()
                steps.append(self._path_key())
            elif self.is_op("["):
                steps.append(self._bracket_step())
            else:
                return steps

    def _bracket_step(self) -> n.Expr:
        self.expect_op("[")
        index = self.expression()
        self.expect_op("]")
        return index

    # --- primaries ----------------------------------------------------------------------------------------------------
    def _primary(self) -> n.Expr:
        token = self.token
        start = token.start
        match token.kind:
            case "number":
                self.next()
                return n.Literal("number", token.value, start=start, end=token.end)
            case "string" | "stage":  # a stage stands for its own text, as file functions take it
                self.next()
                return n.Literal("string", token.value, start=start, end=token.end)
            case "binary":
                self.next()
                return n.Literal("binary", token.value, start=start, end=token.end)
            case "dollar":
                self.next()
                if token.value.isdigit():
                    return n.Positional(int(token.value), start=start, end=token.end)
                return n.Variable(token.value, start=start, end=token.end)
            case "op":
                return self._operator_primary()
            case "word" | "quoted":
                return self._word_primary()
            case _:
                self.fail()

    def _operator_primary(self) -> n.Expr:
        start = self.token.start
        if self.is_op("("):
            return self._parenthesis()
        if self.is_op("?"):
            self.next()
            self.binds += 1
            return n.BindRef(str(self.binds), start=start, end=self.last_end)
        if self.is_op(":") and self.ahead().kind in (NUMBER, WORD):
            self.next()
            return n.BindRef(self.next().value, start=start, end=self.last_end)
        if self.is_op("*") and self.ahead().value == "*" and self.ahead().start == self.token.end:
            self.at += 2
            return n.Spread(self.additive(), start=start, end=self.last_end)
        if self.is_op("*"):
            return self.star(())
        if self.accept_op("["):
            items = [] if self.is_op("]") else self.comma_list(self.expression)
            self.expect_op("]")
            return n.ArrayLiteral(items, start=start, end=self.last_end)
        if self.accept_op("{"):
            return self._object(start)
        self.fail()

    def _object(self, start: int) -> n.Expr:
        star: n.Star | None = None
        items: list[tuple[n.Expr, n.Expr]] = []
        if self.is_op("*"):
            star = self.star(())
        elif self._at_qualified_star():
            named = self._name_or_call()
            assert isinstance(named, n.Star)
            star = named
        elif not self.is_op("}"):
            items = self.comma_list(self._pair)
        self.expect_op("}")
        return n.ObjectLiteral(items, star, start=start, end=self.last_end)

    def _at_qualified_star(self) -> bool:
        """At ``t.*`` or ``s.t.*``."""
        offset = 0
        while self.ahead(offset).kind in (WORD, QUOTED) and self.ahead(offset + 1).value == ".":
            offset += 2
        return offset > 0 and self.ahead(offset).kind == OP and self.ahead(offset).value == "*"

    def _pair(self) -> tuple[n.Expr, n.Expr]:
        token = self.token
        if token.kind in (STRING, QUOTED):
            self.next()
            key: n.Expr = n.Literal("string", token.value, start=token.start, end=token.end)
        else:
            key = self._primary()
        self.expect_op(":")
        return key, self.expression()

    def _parenthesis(self) -> n.Expr:
        start = self.token.start
        if self._is_lambda():
            return self._lambda()
        if self._at_query(1):
            return n.ScalarQuery(self._parenthesized_query(), start=start, end=self.last_end)
        items = self.parenthesized(self.expression)
        if len(items) == 1:
            return items[0]
        return n.Row(items, start=start, end=self.last_end)

    def _is_lambda(self) -> bool:
        """At ``(a [type], b) ->``."""
        depth, offset = 0, 0
        while True:
            token = self.ahead(offset)
            if token.kind == "end":
                return False
            if token.kind == OP:
                depth += (token.value == "(") - (token.value == ")")
                if depth == 0:
                    following = self.ahead(offset + 1)
                    return following.kind == OP and following.value == "->"
            offset += 1

    def _lambda(self) -> n.Expr:
        start = self.token.start

        def parameter() -> tuple[str, n.TypeRef | None]:
            name = self.identifier()
            return name, None if self.is_op(",", ")", "->") else self.type_ref()

        params = self.parenthesized(parameter) if self.is_op("(") else [parameter()]
        self.expect_op("->")
        return n.Lambda(params, self.expression(), start=start, end=self.last_end)

    def _word_primary(self) -> n.Expr:
        token = self.token
        start = token.start
        if token.kind == WORD:
            special = self._keyword_primary()
            if special is not None:
                special.start, special.end = start, self.last_end
                return special
            if token.value in NEVER_NAMES - _NAMES_AT_START and not self._opens_call():
                self.fail()
        if token.kind == WORD and self._bare_lambda():
            return self._lambda()
        return self._name_or_call()

    def _bare_lambda(self) -> bool:
        """At ``x ->`` or ``x INT ->``."""
        following = self.ahead()
        if following.kind == WORD:
            following = self.ahead(2)
        return following.kind == OP and following.value == "->"

    def at_identifier_call(self) -> bool:
        """At ``IDENTIFIER(…)`` with a text, a bind or a variable; a table may have the word for its name."""
        inner = self.ahead(2)
        return self.is_word("IDENTIFIER") and self._opens_call() and inner.kind not in (WORD, QUOTED)

    def _opens_call(self) -> bool:
        return self.ahead().kind == OP and self.ahead().value == "("

    def _named_by_value(self) -> n.Expr:
        """``IDENTIFIER('column')`` or ``IDENTIFIER('function')(…)``.

        Vendor page: "Literals and variables as identifiers".
        """
        start = self.next().start
        argument = self.parenthesized(self.expression)[0]
        call = self.call("", start) if self.is_op("(") else None
        return n.NamedByValue(argument, call, start=start, end=self.last_end)

    def _name_or_call(self) -> n.Expr:
        start = self.token.start
        if self.at_identifier_call():
            return self._named_by_value()
        parts, quoted = [], []
        while True:
            quoted.append(self.token.kind == QUOTED)
            parts.append(self.identifier())
            if not self.is_op("."):
                break
            following = self.ahead()
            if following.kind == OP and following.value == "*":
                self.next()
                return self.star(tuple(parts), start)
            if following.kind == DOLLAR and following.value.isdigit():
                self.at += 2
                return n.Positional(int(following.value), parts[-1], start=start, end=self.last_end)
            if following.kind not in (WORD, QUOTED):
                self.fail()
            self.next()
        if self.is_op("(") and self.ahead().value == "+" and self.ahead(2).value == ")":
            self.at += 3
            name = n.Name(tuple(parts), tuple(quoted), start=start, end=self.last_end)
            return n.Unary("(+)", name, start=start, end=self.last_end)
        if self.is_op("(") or (self.is_op("!") and self.ahead(2).value == "("):
            if self.accept_op("!"):
                parts.append(self.identifier())
            return self.call(parts[-1], start, tuple(parts[:-1]))
        if len(parts) == 1 and not quoted[0] and parts[0] in BARE_FUNCTIONS:
            return n.Call(parts[0], [], start=start, end=self.last_end)
        return n.Name(tuple(parts), tuple(quoted), start=start, end=self.last_end)

    def _keyword_primary(self) -> n.Expr | None:
        word, opens = self.token.value, self._opens_call()
        if word in ("NULL", "TRUE", "FALSE") and not opens:
            self.next()
            return n.Literal("null") if word == "NULL" else n.Literal("boolean", word)
        if word == "CASE":
            return self._case()
        if word in ("CAST", "TRY_CAST") and opens:
            return self._cast()
        if word == "EXISTS" and opens:
            self.next()
            return n.Exists(self._parenthesized_query())
        if word == "INTERVAL" and self.ahead().kind == STRING:
            return self.interval(self.next().start)
        if word in _TYPE_PREFIXES and self.ahead().kind == STRING:
            self.next()
            text = self.next()
            return n.Cast(n.Literal("string", text.value, start=text.start, end=text.end), n.TypeRef(word))
        if word == "EXTRACT" and opens:
            return self._extract()
        if word == "POSITION" and opens:
            return self._position()
        return None

    def _case(self) -> n.Expr:
        self.next()
        operand = None if self.is_word("WHEN") else self.expression()
        branches: list[tuple[n.Expr, n.Expr]] = []
        while self.accept("WHEN"):
            condition = self.expression()
            self.expect("THEN")
            branches.append((condition, self.expression()))
        if not branches:
            self.fail()
        default = self.expression() if self.accept("ELSE") else None
        self.expect("END")
        return n.Case(operand, branches, default)

    def _cast(self) -> n.Expr:
        safe = self.next().value == "TRY_CAST"
        self.expect_op("(")
        operand = self.expression()
        self.expect("AS")
        kind = self.type_ref()
        changes: list[str] = []
        while (word := self.accept_any("RENAME", "ADD")) is not None:
            self.expect("FIELDS")
            changes.append(word)
            self.accept_op(",")
        self.expect_op(")")
        return n.Cast(operand, kind, safe, tuple(changes))

    def _extract(self) -> n.Expr:
        self.next()
        self.expect_op("(")
        token = self.next()
        part: n.Expr = n.Literal("string", token.value, start=token.start, end=token.end)
        if not self.accept("FROM"):
            self.expect_op(",")
        value = self.expression()
        self.expect_op(")")
        return n.Call("EXTRACT", [part, value])

    def _position(self) -> n.Expr:
        self.next()
        self.expect_op("(")
        needle = self.additive()
        if self.accept("IN"):
            args = [needle, self.expression()]
        else:
            args = [needle]
            while self.accept_op(","):
                args.append(self.expression())
        self.expect_op(")")
        return n.Call("POSITION", args)

    # --- calls --------------------------------------------------------------------------------------------------------
    def call(self, name: str, start: int, qualifier: tuple[str, ...] = ()) -> n.Call:
        """At the opening parenthesis of a call."""
        result = n.Call(name, [], qualifier=qualifier, start=start)
        self.expect_op("(")
        result.distinct = self.accept("DISTINCT")
        if not result.distinct and self.is_word("ALL") and self.ahead().value not in (")", ","):
            self.accept("ALL")
        while not self.is_op(")"):
            self._argument(result)
            if not self.accept_op(","):
                break
        self._nulls_clause(result)
        self.expect_op(")")
        self._call_tail(result)
        result.end = self.last_end
        return result

    def _argument(self, call: n.Call) -> None:
        following = self.ahead()
        if self.token.kind in (WORD, QUOTED) and following.kind == OP and following.value == "=>":
            name = self.identifier()
            self.next()
            call.named[name] = n.ScalarQuery(self.query()) if self._bare_query() else self.expression()
        elif self._bare_query():
            start = self.token.start
            call.args.append(n.ScalarQuery(self.query(), start=start, end=self.last_end))
        else:
            call.args.append(self.expression())

    def _bare_query(self) -> bool:
        return self.is_word("SELECT") or (self.is_word("WITH") and self.ahead(2).value == "AS")

    def _nulls_clause(self, call: n.Call) -> None:
        if self.accept("IGNORE", "NULLS"):
            call.ignore_nulls = True
        else:
            self.accept("RESPECT", "NULLS")

    def _call_tail(self, call: n.Call) -> None:
        if self.accept("WITHIN", "GROUP"):
            self.expect_op("(")
            self.expect("ORDER", "BY")
            call.order = self.comma_list(self.order_item)
            self.expect_op(")")
        if self.accept("FROM", "LAST"):
            call.from_last = True
        elif self.at_words("FROM", "FIRST"):
            self.accept("FROM", "FIRST")
        self._nulls_clause(call)
        if self.accept("OVER"):
            call.window = self.window()

    # --- windows and ordering -----------------------------------------------------------------------------------------
    def order_item(self) -> n.OrderItem:
        start = self.token.start
        item = n.OrderItem(self.expression(), start=start)
        if self.accept("DESC"):
            item.descending = True
        else:
            self.accept("ASC")
        if self.accept("NULLS"):
            item.nulls_first = self.accept("FIRST")
            if not item.nulls_first:
                self.expect("LAST")
        item.end = self.last_end
        return item

    def window(self) -> n.Window:
        """After OVER: a name or ``(…)``."""
        start = self.token.start
        if not self.is_op("("):
            return n.Window(self.identifier(), [], [], None, start=start, end=self.last_end)
        self.expect_op("(")
        window = n.Window(None, [], [], None, start=start)
        if self.is_identifier() and not self.is_word("PARTITION", "ORDER", "ROWS", "RANGE"):
            window.name = self.identifier()
        if self.accept("PARTITION", "BY"):
            window.partition = self.comma_list(self.expression)
        if self.accept("ORDER", "BY"):
            window.order = self.comma_list(self.order_item)
        unit = self.accept_any("ROWS", "RANGE")
        if unit:
            window.frame = self._frame(unit)
        self.expect_op(")")
        window.end = self.last_end
        return window

    def _frame(self, unit: str) -> n.Frame:
        if self.accept("BETWEEN"):
            low = self._bound()
            self.expect("AND")
            return n.Frame(unit, low, self._bound())
        return n.Frame(unit, self._bound(), ("CURRENT ROW", None))

    def _bound(self) -> tuple[str, n.Expr | None]:
        if self.accept("CURRENT", "ROW"):
            return "CURRENT ROW", None
        amount = None if self.accept("UNBOUNDED") else self.additive()
        direction = self.accept_any("PRECEDING", "FOLLOWING")
        if direction is None:
            self.fail()
        return (f"UNBOUNDED {direction}", None) if amount is None else (direction, amount)
