"""Queries and their FROM clauses. Vendor page: "Query syntax"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.lexer import DOLLAR, NUMBER, OP, QUOTED, STAGE, STRING, WORD
from dw_simulator.emulators.snowflake.translation.parser.expressions import NEVER_NAMES, ExpressionParser
from dw_simulator.emulators.snowflake.translation.parser.patterns import PatternParser

_NO_ALIAS = NEVER_NAMES | {
    "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "ASOF", "LATERAL", "PIVOT", "UNPIVOT", "SAMPLE",
    "TABLESAMPLE", "MATCH_RECOGNIZE", "MATCH_CONDITION", "RESAMPLE", "WINDOW", "START", "CONNECT", "OFFSET", "WHEN",
    "AT", "BEFORE", "CHANGES", "OVERWRITE", "DIRECTED", "END", "FOR",
}  # fmt: skip
_NO_ITEM_ALIAS = NEVER_NAMES | {
    "WINDOW",
    "START",
    "CONNECT",
    "OFFSET",
    "END",
    "FOR",
    "RIGHT",
    "LEFT",
    "FULL",
    "INNER",
    "CROSS",
    "NATURAL",
}


def _single(item: n.OrderItem) -> list[n.OrderItem]:
    """``(a, b) DESC`` sorts by a, then b, as the rows of both would be: dbt's ``cluster_by`` writes such lists."""
    if not isinstance(item.expr, n.Row):
        return [item]
    return [
        n.OrderItem(value, item.descending, item.nulls_first, start=value.start, end=value.end)
        for value in item.expr.items
    ]


class Parser(PatternParser, ExpressionParser):
    """One statement's parser; statement handlers use it past their own keywords."""

    # --- query --------------------------------------------------------------------------------------------------------
    def query(self) -> n.Query:
        start = self.token.start
        ctes: list[n.Cte] = []
        recursive = False
        if self.accept("WITH"):
            recursive = self.accept("RECURSIVE")
            ctes = self.comma_list(self._cte)
        query = self._set_expression(0)
        if ctes:
            if query.ctes:
                query = n.Query(n.Select([n.SelectItem(n.Star())], source=n.Derived(query)))
            query.ctes, query.recursive = ctes, recursive
        query.start, query.end = start, self.last_end
        return query

    def _cte(self) -> n.Cte:
        start = self.token.start
        name = self.identifier()
        columns = self.parenthesized(self.identifier) if self.is_op("(") else []
        self.expect("AS")
        if self.is_word("PROCEDURE"):
            raise errors.UNSUPPORTED_FEATURE("WITH … AS PROCEDURE")
        self.expect_op("(")
        query = self.query()
        self.expect_op(")")
        return n.Cte(name, columns, query, start=start, end=self.last_end)

    def _set_expression(self, level: int) -> n.Query:
        """``level`` 0: UNION, EXCEPT and MINUS; 1: INTERSECT, which binds tighter."""
        start = self.token.start
        left = self._set_expression(1) if level == 0 else self._query_term()
        operators = ("UNION", "EXCEPT", "MINUS") if level == 0 else ("INTERSECT",)
        while True:
            word = self.accept_any(*operators)
            if word is None:
                break
            everything = self.accept("ALL")
            if not everything:
                self.accept("DISTINCT")
            by_name = self.accept("BY", "NAME")
            right = self._set_expression(1) if level == 0 else self._query_term()
            op = "EXCEPT" if word == "MINUS" else word
            left = n.Query(n.SetOperation(op, everything, left, right, by_name), start=start, end=self.last_end)
        if level == 0:
            left = self._modifiers(left)
        left.end = self.last_end
        return left

    def _query_term(self) -> n.Query:
        start = self.token.start
        if self.accept_op("("):
            query = self.query()
            self.expect_op(")")
            return query
        if self.accept("VALUES"):
            return n.Query(self._values(start), start=start, end=self.last_end)
        return n.Query(self._select(), start=start, end=self.last_end)

    def _modifiers(self, query: n.Query) -> n.Query:
        modified = query.order or query.order_all or query.limit or query.offset
        if modified and self.is_word("ORDER", "LIMIT", "OFFSET", "FETCH"):
            query = n.Query(n.Select([n.SelectItem(n.Star())], source=n.Derived(query)))
        if self.accept("ORDER", "BY"):
            if self.is_word("ALL") and self.ahead().kind != OP:
                item = self.order_item_all()
                query.order_all = item
            else:
                query.order = [item for one in self.comma_list(self.order_item) for item in _single(one)]
        while True:
            if query.limit is not None and self.is_word("LIMIT", "FETCH"):
                self.fail()
            if self.accept("LIMIT"):
                query.limit = self.expression()
            elif query.offset is None and self.accept("OFFSET"):
                query.offset = self.expression()
                self.accept_any("ROW", "ROWS")
            elif self.accept("FETCH"):
                self.accept_any("FIRST", "NEXT")
                query.limit = self.expression()
                self.accept_any("ROW", "ROWS")
                self.accept("ONLY")
            elif self.accept("FOR", "UPDATE"):  # no rows are locked: see docs/differences.md
                if self.accept_any("NOWAIT", "WAIT") == "WAIT":
                    self.integer()
            else:
                return query

    def order_item_all(self) -> n.OrderItem:
        self.expect("ALL")
        item = n.OrderItem(n.Literal("null"))
        item.descending = self.accept("DESC")
        self.accept("ASC")
        if self.accept("NULLS"):
            item.nulls_first = self.accept_any("FIRST", "LAST") == "FIRST"
        return item

    def _values(self, start: int) -> n.Values:
        rows = self.comma_list(lambda: self.parenthesized(self.expression))
        return n.Values(rows, start=start, end=self.last_end)

    # --- select -------------------------------------------------------------------------------------------------------
    def _select(self) -> n.Select:
        start = self.token.start
        self.expect("SELECT")
        select = n.Select([], start=start)
        select.distinct = self.accept("DISTINCT")
        if not select.distinct:
            self.accept("ALL")
        if self.is_word("TOP") and self.ahead().kind in (NUMBER, DOLLAR):
            self.next()
            select.top = self._primary()
        select.items = self._select_items()
        if self.accept("FROM"):
            select.source = self._from()
        if self.accept("WHERE"):
            select.where = self.expression()
        if self.is_word("START", "CONNECT"):
            select.connect = self._connect_by()
        if self.accept("GROUP", "BY"):
            select.group = self._group_by()
        if self.accept("HAVING"):
            select.having = self.expression()
        if self.accept("WINDOW"):
            select.windows = dict(self.comma_list(self._named_window))
        if self.accept("QUALIFY"):
            select.qualify = self.expression()
        select.end = self.last_end
        return select

    def _select_items(self) -> list[n.SelectItem]:
        items = [self.select_item()]
        while self.accept_op(","):
            if self.is_word("FROM") or self.at_end():
                break  # a trailing comma is allowed
            items.append(self.select_item())
        return items

    def select_item(self) -> n.SelectItem:
        start = self.token.start
        expr = self.expression()
        end = self.last_end
        if self.accept("AS"):
            return n.SelectItem(expr, self.identifier(), start=start, end=end)
        if not isinstance(expr, n.Star) and self._is_alias(_NO_ITEM_ALIAS):
            return n.SelectItem(expr, self.identifier(), start=start, end=end)
        return n.SelectItem(expr, None, start=start, end=end)

    def _is_alias(self, excluded: frozenset[str] | set[str]) -> bool:
        token = self.token
        return token.kind == QUOTED or (token.kind == WORD and token.value not in excluded)

    def _named_window(self) -> tuple[str, n.Window]:
        name = self.identifier()
        self.expect("AS")
        return name, self.window()

    def _connect_by(self) -> n.ConnectBy:
        start_with = None
        if self.accept("START", "WITH"):
            start_with = self.expression()
        self.expect("CONNECT", "BY")
        nocycle = self.accept("NOCYCLE")
        condition = self.expression()
        if start_with is None and self.accept("START", "WITH"):
            start_with = self.expression()
        return n.ConnectBy(start_with, condition, nocycle)

    def _group_by(self) -> n.GroupBy:
        group = n.GroupBy([], [])
        if self.is_word("ALL") and not self._opens_call():
            self.next()
            group.all = True
            return group
        while True:
            if self.is_word("ROLLUP", "CUBE") and self._opens_call():
                kind = self.next().value
                group.sets.append((kind, self.parenthesized(self._grouping_set)))
                if not group.sets[-1][1]:
                    self.fail(self.tokens[self.at - 1])
            elif self.accept("GROUPING", "SETS"):
                group.sets.append(("GROUPING SETS", self.parenthesized(self._grouping_set)))
            else:
                group.items.append(self.expression())
            if not self.accept_op(","):
                return group

    def _grouping_set(self) -> list[n.Expr]:
        if self.is_op("("):
            return self.parenthesized(self.expression)
        return [self.expression()]

    # --- from ---------------------------------------------------------------------------------------------------------
    def _from(self) -> n.Source:
        start = self.token.start
        source = self._joined()
        while self.accept_op(","):
            right = self._joined()
            source = n.Join(source, right, "CROSS", start=start, end=self.last_end)
        return source

    def _joined(self) -> n.Source:
        start = self.token.start
        source = self.table_source()
        while True:
            join = self._join(source)
            if join is None:
                return source
            source = join
            source.start, source.end = start, self.last_end

    def _join(self, left: n.Source) -> n.Source | None:
        at = self.at
        natural = self.accept("NATURAL")
        kind = self.accept_any("INNER", "LEFT", "RIGHT", "FULL", "CROSS", "ASOF") or "INNER"
        self.accept("OUTER")
        directed = self.accept("DIRECTED")
        if not self.accept("JOIN"):
            self.at = at
            return None
        join = n.Join(left, self.table_source(), kind, natural=natural, directed=directed)
        if kind == "ASOF":
            self.expect("MATCH_CONDITION")
            self.expect_op("(")
            join.match = self.expression()
            self.expect_op(")")
        if self.accept("ON"):
            join.on = self.expression()
        elif self.accept("USING"):
            join.using = self.parenthesized(self.identifier)
        return join

    def table_source(self) -> n.Source:
        start = self.token.start
        lateral = self.accept("LATERAL")
        source = self._plain_source(lateral)
        source.start, source.end = start, self.last_end
        while True:
            wrapped = self._wrapped(source)
            if wrapped is None:
                return source
            source = wrapped
            source.start, source.end = start, self.last_end

    def _plain_source(self, lateral: bool) -> n.Source:
        token = self.token
        if token.kind == STAGE:
            return self._stage()
        if token.kind == STRING and token.value.startswith("@"):
            return self._stage()
        if self.is_op("("):
            return self._parenthesized_source(lateral)
        if self.is_word("VALUES") and self._opens_call():
            self.next()
            query = n.Query(self._values(token.start), start=token.start, end=self.last_end)
            return n.Derived(query, self._alias())
        if self.is_word("TABLE") and self._opens_call():
            return self._table_call(lateral)
        if self.at_identifier_call():
            self.next()
            argument = self.parenthesized(self.expression)[0]
            return self._table_tail(n.TableRef((), identifier=argument))
        if token.kind == DOLLAR:
            self.next()
            if token.value.isdigit():
                return n.PipeRef(int(token.value), self._alias())
            return self._table_tail(n.TableRef((), identifier=n.Variable(token.value)))
        parts = self.qualified()
        if self.is_op("("):
            call = self.call(parts[-1], token.start, parts[:-1])
            return n.TableFunction(call, self._alias(), lateral)
        return self._table_tail(n.TableRef(parts))

    def _table_tail(self, table: n.TableRef) -> n.Source:
        if self.is_word("CHANGES") and self._opens_call():
            self.next()
            self.expect_op("(")
            self.expect("INFORMATION")
            self.expect_op("=>")
            table.changes = self.accept_any("DEFAULT", "APPEND_ONLY") or self.fail()
            self.expect_op(")")
        if self.is_word("AT", "BEFORE") and self._opens_call():
            table.time_travel = self.moment()
        elif table.changes is not None:
            self.fail()
        if table.changes is not None and self.is_word("END") and self._opens_call():
            table.until = self.moment()
        table.alias = self._alias()
        return table

    def moment(self) -> tuple[str, str, n.Expr]:
        """``AT (TIMESTAMP => …)`` and its relatives."""
        when = self.next().value
        self.expect_op("(")
        kind = self.accept_any("TIMESTAMP", "OFFSET", "STATEMENT", "STREAM") or self.fail()
        self.expect_op("=>")
        value = self.expression()
        self.expect_op(")")
        return when, kind, value

    def _stage(self) -> n.Source:
        location = self.next().value
        source = n.StageRef(location)
        if self.is_op("("):
            self.expect_op("(")
            while not self.is_op(")"):
                name = self.identifier()
                self.expect_op("=>")
                source.options[name] = self.expression()
                self.accept_op(",")
            self.expect_op(")")
        source.alias = self._alias()
        return source

    def _parenthesized_source(self, lateral: bool) -> n.Source:
        if self._at_query(1) and self.ahead().value != "VALUES":
            start = self.at
            self.expect_op("(")
            if self.is_op("("):
                # `((select …) a join b)` and `((select …) union …)` both start like this
                inner = self._try_source()
                if inner is not None:
                    return self._realias(inner)
                self.at = start + 1
            query = self.query()
            self.expect_op(")")
            return n.Derived(query, self._alias(), lateral)
        self.expect_op("(")
        source = self._from()
        self.expect_op(")")
        return self._realias(source)

    def _try_source(self) -> n.Source | None:
        from dw_simulator.emulators.snowflake.errors import SnowflakeError

        try:
            source = self._from()
        except SnowflakeError:
            return None
        if not isinstance(source, n.Join) or not self.accept_op(")"):
            return None
        return source

    def _realias(self, source: n.Source) -> n.Source:
        alias = self._alias()
        if alias is None:
            return source
        return n.Derived(n.Query(n.Select([n.SelectItem(n.Star())], source=source)), alias)

    def _table_call(self, lateral: bool) -> n.Source:
        start = self.token.start
        self.next()
        self.expect_op("(")
        token = self.token
        if token.kind in (STRING, DOLLAR) or (token.kind == OP and token.value in ("?", ":")):
            source: n.Source = n.TableRef((), identifier=self.expression())
            self.expect_op(")")
            return self._table_tail(source) if isinstance(source, n.TableRef) else source
        call = self.expression()
        self.expect_op(")")
        if isinstance(call, n.Name):
            return self._table_tail(n.TableRef(call.parts))
        if not isinstance(call, n.Call):
            self.fail(token)
        call.start = start
        if call.name == "IDENTIFIER":
            return self._table_tail(n.TableRef((), identifier=call.args[0]))
        return n.TableFunction(call, self._alias(), lateral)

    def _alias(self) -> n.Alias | None:
        start = self.token.start
        if not self.accept("AS") and (not self._is_alias(_NO_ALIAS) or self.is_word("MATCH_CONDITION")):
            return None
        name = self.identifier()
        columns = self.parenthesized(self.identifier) if self.is_op("(") else []
        return n.Alias(name, columns, start=start, end=self.last_end)

    # --- what wraps a source ------------------------------------------------------------------------------------------
    def _wrapped(self, source: n.Source) -> n.Source | None:
        if self.is_word("PIVOT") and self._opens_call():
            return self._pivot(source)
        if self.is_word("UNPIVOT"):
            return self._unpivot(source)
        if self.is_word("SAMPLE", "TABLESAMPLE"):
            return self._sample(source)
        if self.is_word("RESAMPLE") and self._opens_call():
            return self._resample(source)
        if self.is_word("MATCH_RECOGNIZE") and self._opens_call():
            result = self.match_recognize(source)
            result.alias = self._alias()
            return result
        return None

    def _resample(self, source: n.Source) -> n.Source:
        self.next()
        self.expect_op("(")
        self.expect("USING")
        column = self.expression()
        self.expect("INCREMENT", "BY")
        result = n.Resample(source, column, self.expression())
        if self.accept("PARTITION", "BY"):
            result.partition = self.comma_list(self.expression)
        if self.accept("METADATA_COLUMNS"):
            result.metadata = self.comma_list(self._metadata_column)
        self.expect_op(")")
        return result

    def _metadata_column(self) -> tuple[str, str]:
        name = self.accept_any("IS_GENERATED", "BUCKET_START") or self.fail()
        self.expect_op("(")
        self.expect_op(")")
        if self.accept("AS") or self.is_identifier():
            return name, self.identifier()
        return name, name

    def _sample(self, source: n.Source) -> n.Source:
        self.next()
        word = self.accept_any("BERNOULLI", "ROW", "SYSTEM", "BLOCK") or "BERNOULLI"
        method = "SYSTEM" if word in ("SYSTEM", "BLOCK") else "BERNOULLI"
        self.expect_op("(")
        amount = self.expression()
        rows = bool(self.accept_any("ROWS"))
        self.expect_op(")")
        seed = None
        if self.accept_any("SEED", "REPEATABLE"):
            seed = self.parenthesized(self.expression)[0]
        return n.Sample(source, method, amount, rows, seed)

    def _pivot(self, source: n.Source) -> n.Source:
        self.next()
        self.expect_op("(")
        aggregates = self.comma_list(self.select_item)
        self.expect("FOR")
        start = self.token.start
        column = n.Name(self.qualified(), start=start, end=self.last_end)
        self.expect("IN")
        self.expect_op("(")
        pivot = n.Pivot(source, aggregates, column, [])
        if self.accept("ANY"):
            pivot.any_order = self.comma_list(self.order_item) if self.accept("ORDER", "BY") else []
        elif self._at_query():
            pivot.query = self.query()
        else:
            pivot.values = self.comma_list(self.select_item)
        self.expect_op(")")
        if self.accept("DEFAULT", "ON", "NULL"):
            pivot.default = self.parenthesized(self.expression)[0]
        self.expect_op(")")
        pivot.alias = self._alias()
        return pivot

    def _unpivot(self, source: n.Source) -> n.Source:
        self.next()
        include = self.accept("INCLUDE", "NULLS")
        if not include:
            self.accept("EXCLUDE", "NULLS")
        self.expect_op("(")
        value = self.identifier()
        self.expect("FOR")
        name = self.identifier()
        self.expect("IN")

        def column() -> tuple[str, str | None]:
            original = self.qualified()[-1]
            if self.accept("AS"):
                return original, self.string() if self.token.kind == STRING else self.identifier()
            return original, self.string() if self.token.kind == STRING else None

        columns = self.parenthesized(column)
        self.expect_op(")")
        return n.Unpivot(source, value, name, columns, include, self._alias())
