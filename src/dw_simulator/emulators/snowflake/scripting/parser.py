"""Blocks of Snowflake Scripting. Vendor pages: "Snowflake Scripting reference" (BEGIN … END, DECLARE, LET, IF …)."""

from __future__ import annotations

from collections.abc import Sequence

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.scripting import nodes as s
from dw_simulator.emulators.snowflake.scripting.signatures import signature
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.lexer import END, OP, QUOTED, WORD
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.typing import resolve
from dw_simulator.splitting.snowflake import spans

TRANSACTION_WORDS = ("TRANSACTION", "WORK", "NAME")
_QUERY_WORDS = ("SELECT", "WITH", "VALUES")
_ROWS_WORDS = (*_QUERY_WORDS, "EXECUTE", "CALL", "SHOW", "DESCRIBE", "DESC", "LIST", "LS", "INSERT", "UPDATE", "DELETE",
               "MERGE", "COPY", "CREATE", "DROP", "ALTER", "TRUNCATE")  # fmt: skip
"""What a statement that is assigned to a RESULTSET may begin with."""
_INTO_WORDS = (*_QUERY_WORDS, "CALL")
DEFAULT_NUMBER = -20000
HIGHEST_NUMBER, LOWEST_NUMBER = -20000, -20999


def parse(text: str, mapping: str) -> s.Block:
    """The block that ``text`` is. ``mapping`` is what TIMESTAMP stands for.

    Raises:
        SnowflakeError: 001003 it is no block, 000002 it has what is not supported.
    """
    parser = Parser(text)
    block = BlockParser(parser, mapping).block()
    parser.expect_end()
    return block


def begins_block(parser: Parser) -> bool:
    """Whether DECLARE or BEGIN comes next, and begins no transaction."""
    if parser.is_word("DECLARE"):
        return True
    following = parser.ahead()
    if not parser.is_word("BEGIN") or following.kind == END or following.value == ";":
        return False
    assigned = parser.ahead(2).kind == OP and parser.ahead(2).value == ":="
    return not (following.kind == WORD and following.value in TRANSACTION_WORDS) or assigned


class BlockParser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, parser: Parser, mapping: str) -> None:
        self.parser = parser
        self._mapping = mapping
        self._nested = False

    # --- blocks -------------------------------------------------------------------------------------------------------
    def block(self) -> s.Block:
        parser = self.parser
        start = parser.token.start
        declarations: list[s.Statement] = []
        if parser.accept("DECLARE"):
            while not parser.is_word("BEGIN"):
                declarations.append(self._declaration(parser.token.start, declares=True))
                parser.expect_op(";")
        parser.expect("BEGIN")
        body = self._statements("EXCEPTION", "END")
        handlers = self._handlers() if parser.accept("EXCEPTION") else []
        parser.expect("END")
        if parser.is_identifier() and not parser.is_word("IF", "LOOP", "FOR", "WHILE", "REPEAT", "CASE"):
            parser.next()
        return s.Block(declarations, body, handlers, start=start)

    def _handlers(self) -> list[s.Handler]:
        parser = self.parser
        found = []
        while parser.accept("WHEN"):
            names = [parser.identifier()]
            while parser.accept("OR"):
                names.append(parser.identifier())
            resumes = parser.accept_any("EXIT", "CONTINUE") == "CONTINUE"
            parser.expect("THEN")
            found.append(s.Handler(names, self._statements("WHEN", "END"), resumes))
        if not found:
            parser.fail()
        return found

    def _statements(self, *ends: str) -> list[s.Statement]:
        """The statements before one of the words ``ends``, at least one."""
        found = []
        while not self.parser.is_word(*ends):
            found.append(self._statement())
            self.parser.expect_op(";")
        if not found:
            self.parser.fail()
        return found

    # --- declarations -------------------------------------------------------------------------------------------------
    def _declaration(self, start: int, *, declares: bool) -> s.Statement:
        """What follows LET, or an item of DECLARE (which may leave a typed variable without a value)."""
        parser = self.parser
        name = parser.identifier()
        if parser.accept("CURSOR"):
            parser.expect("FOR")
            return self._cursor(name, start)
        if parser.accept("RESULTSET"):
            source = self._rows() if self._assigns() else s.Source(None)
            return s.ResultSetDeclaration(name, source.text, source.job, start=start)
        if declares and parser.accept("EXCEPTION"):
            return self._exception(name, start)
        if declares and parser.is_word("PROCEDURE") and parser.ahead().value == "(":
            return self._procedure(name, start)
        kind = None
        if not (parser.is_op(":=") or parser.is_word("DEFAULT")):
            kind = resolve(parser.type_ref(), self._mapping)
        value = parser.expression() if self._assigns() else None
        if value is None and kind is None:
            parser.fail()
        return s.Variable(name, kind, value, start=start)

    def _assigns(self) -> bool:
        return self.parser.accept_op(":=") or self.parser.accept("DEFAULT")

    def _cursor(self, name: str, start: int) -> s.Statement:
        parser = self.parser
        if parser.is_word(*_QUERY_WORDS) or parser.is_op("("):
            return s.CursorDeclaration(name, self._sql_text(), None, start=start)
        return s.CursorDeclaration(name, None, parser.identifier(), start=start)

    def _exception(self, name: str, start: int) -> s.Statement:
        parser = self.parser
        number, message = DEFAULT_NUMBER, ""
        if parser.accept_op("("):
            number = parser.integer()
            if not LOWEST_NUMBER <= number <= HIGHEST_NUMBER:
                raise errors.INVALID_PARAMETER_VALUE(number, "exception number")
            message = parser.string() if parser.accept_op(",") else ""
            parser.expect_op(")")
        return s.ExceptionDeclaration(name, number, message, start=start)

    def _procedure(self, name: str, start: int) -> s.Statement:
        """``name PROCEDURE (arguments) RETURNS type AS block``."""
        parser = self.parser
        if self._nested:
            raise errors.UNSUPPORTED_FEATURE("nested stored procedures in nested stored procedures")
        parser.next()
        properties, _ = signature(parser, name, self._mapping)
        if properties["outputs"] or any(default is not None for _, _, default in properties["arguments"]):
            raise errors.UNSUPPORTED_FEATURE("output and optional arguments of nested stored procedures")
        parser.expect("AS")
        opened = parser.token.start
        self._nested = True
        self.block()
        self._nested = False
        return s.ProcedureDeclaration(name, properties, parser.sql[opened : parser.last_end], start=start)

    def _rows(self) -> s.Source:
        """The statement in parentheses that a RESULTSET is given."""
        source = self._source()
        if source.text is None:
            self.parser.fail()
        return source

    def _job(self) -> s.Source:
        """``ASYNC (statement)``."""
        self.parser.expect("ASYNC")
        self.parser.expect_op("(")
        text = self._sql_text()
        self.parser.expect_op(")")
        return s.Source(None, text, job=True)

    # --- statements ---------------------------------------------------------------------------------------------------
    def _statement(self) -> s.Statement:
        parser = self.parser
        start, following = parser.token.start, parser.ahead()
        if parser.token.kind in (WORD, QUOTED) and following.kind == OP and following.value == ":=":
            name = parser.identifier()
            parser.next()
            return s.Assign(name, self._source(), start=start)
        if parser.is_word("DECLARE", "BEGIN") and begins_block(parser):
            return self.block()
        word = parser.token.value if parser.token.kind == WORD else ""
        if word == "ASYNC" and following.value == "(":
            job = self._job().text
            return s.Sql(job or "", job=True, start=start)
        if word in ("AWAIT", "CANCEL"):
            parser.next()
            every = word == "AWAIT" and parser.accept("ALL")
            return s.Await(None if every else parser.identifier(), word == "CANCEL", start=start)
        read = _STATEMENTS.get(word)
        if read is None:
            return self._sql(start)
        parser.next()
        return read(self, start)

    def _source(self) -> s.Source:
        parser = self.parser
        first = parser.ahead()
        if parser.is_word("ASYNC") and first.value == "(":
            return self._job()
        if not (parser.is_op("(") and first.kind == WORD and first.value in _ROWS_WORDS):
            return s.Source(parser.expression())
        opening = parser.token
        if first.value in _QUERY_WORDS:
            node = parser.expression()
            whole = isinstance(node, n.ScalarQuery)
            return s.Source(node, parser.sql[opening.end : parser.last_end - 1].strip() if whole else None)
        parser.next()
        rows = self._sql_text()
        parser.expect_op(")")
        return s.Source(None, rows)

    def _sql(self, start: int) -> s.Statement:
        parser = self.parser
        if parser.is_word("CREATE", "ALTER"):
            # Its own body may be a block that is not quoted.
            _, size = next(iter(spans(parser.sql[start:])))
            while parser.token.start < start + size and parser.token.kind != END:
                parser.next()
            return s.Sql(parser.sql[start : parser.last_end], start=start)
        if parser.is_word(*_INTO_WORDS):
            return self._sql_into(start)
        return s.Sql(self._sql_text(), start=start)

    def _sql_into(self, start: int) -> s.Statement:
        """``SELECT … INTO :a, :b FROM …`` and ``CALL … INTO :a``: the text without INTO, and the variables."""
        parser = self.parser
        head = self._sql_text("INTO")
        if not parser.accept("INTO"):
            return s.Sql(head, start=start)
        into = parser.comma_list(self._target)
        tail_start = parser.token.start
        tail = self._sql_text() if not parser.is_op(";") else ""
        lines = "\n" * parser.sql.count("\n", start + len(head), tail_start)
        return s.Sql(f"{head} {lines}{tail}".rstrip(), into, start=start)

    def _target(self) -> str:
        self.parser.accept_op(":")
        return self.parser.identifier()

    def _sql_text(self, *stops: str) -> str:
        """The text up to the semicolon, the closing parenthesis, or one of the words outside of parentheses."""
        parser = self.parser
        start, depth = parser.token.start, 0
        while parser.token.kind != END and not (depth == 0 and (parser.is_op(";", ")") or parser.is_word(*stops))):
            depth += parser.is_op("(", "[", "{") - parser.is_op(")", "]", "}")
            parser.next()
        if parser.last_end <= start:
            parser.fail()
        return parser.sql[start : parser.last_end]

    def _let(self, start: int) -> s.Statement:
        return self._declaration(start, declares=False)

    def _if(self, start: int) -> s.Statement:
        parser = self.parser
        branches: list[tuple[n.Expr, Sequence[s.Statement]]] = []
        otherwise: list[s.Statement] = []
        while True:
            condition = parser.expression()
            parser.expect("THEN")
            branches.append((condition, self._statements("ELSEIF", "ELSE", "END")))
            if not parser.accept("ELSEIF"):
                break
        if parser.accept("ELSE"):
            otherwise = self._statements("END")
        parser.expect("END", "IF")
        return s.If(branches, otherwise, start=start)

    def _case(self, start: int) -> s.Statement:
        parser = self.parser
        operand = None if parser.is_word("WHEN") else parser.expression()
        branches: list[tuple[n.Expr, Sequence[s.Statement]]] = []
        otherwise: list[s.Statement] = []
        while parser.accept("WHEN"):
            value = parser.expression()
            parser.expect("THEN")
            branches.append((value, self._statements("WHEN", "ELSE", "END")))
        if not branches:
            parser.fail()
        if parser.accept("ELSE"):
            otherwise = self._statements("END")
        parser.expect("END")
        parser.accept("CASE")
        return s.Case(operand, branches, otherwise, start=start)

    # --- loops --------------------------------------------------------------------------------------------------------
    def _loop_body(self, word: str) -> tuple[list[s.Statement], str | None]:
        """``DO … END FOR [label]`` or ``LOOP … END LOOP [label]``; ``word`` is what ends the first form."""
        parser = self.parser
        opened = parser.accept_any("DO", "LOOP")
        if opened is None:
            parser.fail()
        body = self._statements("END")
        parser.expect("END", "LOOP" if opened == "LOOP" else word)
        return body, self._label()

    def _label(self) -> str | None:
        return self.parser.identifier() if self.parser.is_identifier() else None

    def _loop(self, start: int) -> s.Statement:
        body = self._statements("END")
        self.parser.expect("END", "LOOP")
        return s.Loop(body, self._label(), start=start)

    def _while(self, start: int) -> s.Statement:
        condition = self.parser.expression()
        body, label = self._loop_body("WHILE")
        return s.Loop(body, label, condition, start=start)

    def _repeat(self, start: int) -> s.Statement:
        parser = self.parser
        body = self._statements("UNTIL")
        parser.expect("UNTIL")
        condition = parser.expression()
        parser.expect("END", "REPEAT")
        return s.Loop(body, self._label(), condition, until=True, start=start)

    def _for(self, start: int) -> s.Statement:
        parser = self.parser
        name = parser.identifier()
        parser.expect("IN")
        reverse = parser.accept("REVERSE")
        low = parser.expression()
        if parser.accept("TO"):
            high = parser.expression()
            body, label = self._loop_body("FOR")
            return s.CounterLoop(name, low, high, reverse, body, label, start=start)
        if reverse or not isinstance(low, n.Name) or len(low.parts) != 1:
            parser.fail()
        body, label = self._loop_body("FOR")
        return s.RowLoop(name, low.parts[0], body, label, start=start)

    def _break(self, start: int) -> s.Statement:
        return s.Leave(self._label(), again=False, start=start)

    def _continue(self, start: int) -> s.Statement:
        return s.Leave(self._label(), again=True, start=start)

    # --- the rest -----------------------------------------------------------------------------------------------------
    def _return(self, start: int) -> s.Statement:
        parser = self.parser
        if parser.is_op(";"):
            return s.Return(start=start)
        following = parser.ahead()
        if not (parser.is_word("TABLE") and following.kind == OP and following.value == "("):
            return s.Return(parser.expression(), start=start)
        parser.at += 2
        if parser.is_word(*_ROWS_WORDS):
            found = s.Return(query=self._sql_text(), start=start)
        elif parser.accept("RESULTSET_FROM_CURSOR"):
            (name,) = parser.parenthesized(self._target) or [""]
            found = s.Return(table=name, start=start)
        else:
            found = s.Return(table=self._target(), start=start)
        parser.expect_op(")")
        return found

    def _raise(self, start: int) -> s.Statement:
        return s.Raise(self._label(), start=start)

    def _open(self, start: int) -> s.Statement:
        parser = self.parser
        name = parser.identifier()
        using = parser.parenthesized(parser.expression) if parser.accept("USING") else []
        return s.Open(name, using, start=start)

    def _fetch(self, start: int) -> s.Statement:
        name = self.parser.identifier()
        self.parser.expect("INTO")
        return s.Fetch(name, self.parser.comma_list(self._target), start=start)

    def _close(self, start: int) -> s.Statement:
        return s.Close(self.parser.identifier(), start=start)

    def _null(self, start: int) -> s.Statement:
        return s.Nothing(start=start)


_STATEMENTS = {
    "LET": BlockParser._let,
    "IF": BlockParser._if,
    "CASE": BlockParser._case,
    "LOOP": BlockParser._loop,
    "WHILE": BlockParser._while,
    "REPEAT": BlockParser._repeat,
    "FOR": BlockParser._for,
    "BREAK": BlockParser._break,
    "EXIT": BlockParser._break,
    "CONTINUE": BlockParser._continue,
    "ITERATE": BlockParser._continue,
    "RETURN": BlockParser._return,
    "RAISE": BlockParser._raise,
    "OPEN": BlockParser._open,
    "FETCH": BlockParser._fetch,
    "CLOSE": BlockParser._close,
    "NULL": BlockParser._null,
}
