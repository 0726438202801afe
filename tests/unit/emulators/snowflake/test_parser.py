"""The lexer and the parser: pieces that the cases of whole statements do not pin down."""

from __future__ import annotations

import pytest

from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.lexer import split_statements, tokenize
from dw_simulator.emulators.snowflake.translation.parser import Parser


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("'it''s'", "it's"),
        (r"'a\nb\'c\\'", "a\nb'c\\"),
        (r"'\x41é\101'", "AéA"),
        ("$$raw 'x' \\n$$", "raw 'x' \\n"),
        ('"Mixed ""x"""', 'Mixed "x"'),
        ("select", "SELECT"),
        ("$name", "NAME"),
    ],
)
def test_token_values(sql: str, value: str) -> None:
    assert tokenize(sql)[0].value == value


def test_split_statements() -> None:
    script = "select ';' ; -- a;b\n/* ; */ select $$;$$;;"
    assert split_statements(script) == ["select ';'", "select $$;$$"]


def _parse(sql: str) -> n.Query:
    parser = Parser(sql)
    query = parser.query()
    parser.expect_end()
    return query


@pytest.mark.parametrize(
    ("sql", "place"),
    [("select * form t", (1, 9)), ("select 1 +", (1, 10)), ("select\n  from t", (2, 2)), ("select (1", (1, 9))],
)
def test_syntax_errors_name_the_place(sql: str, place: tuple[int, int]) -> None:
    with pytest.raises(SnowflakeError) as caught:
        _parse(sql)
    assert caught.value.errno == 1003
    assert (caught.value.line, caught.value.pos) == place


@pytest.mark.parametrize(
    ("sql", "shape"),
    [
        ("a or b and not c", "OR(A, AND(B, NOT C))"),
        ("-a::int", "-(A::INT)"),
        ("a + b * c || d", "||(+(A, *(B, C)), D)"),
        ("a = b and c between 1 and 2", "AND(=(A, B), C BETWEEN)"),
    ],
)
def test_precedence(sql: str, shape: str) -> None:
    assert _shape(Parser(sql).expression()) == shape


def _shape(node: n.Expr) -> str:
    match node:
        case n.Binary():
            return f"{node.op}({_shape(node.left)}, {_shape(node.right)})"
        case n.Unary(op="NOT"):
            return f"NOT {_shape(node.operand)}"
        case n.Unary():
            return f"{node.op}({_shape(node.operand)})"
        case n.Cast():
            return f"{_shape(node.operand)}::{node.type.name}"
        case n.Between():
            return f"{_shape(node.operand)} BETWEEN"
        case n.Name():
            return ".".join(node.parts)
    raise AssertionError(node)
