"""What Redshift says of an error where that depends on the statement: PostgreSQL's words do not tell enough.

Redshift's leader node, which descends from PostgreSQL 8.0, converts literals and speaks as that did; values of tables
are converted by the compute nodes, whose errors are SQLSTATE XX000 with a box of details. Sources: "Numeric types"
(Numeric data overflow), "Load error reference" (Invalid digit), and what drivers and tools match on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sqlglot import exp

from dw_simulator.emulators.redshift.errors import (
    INTERNAL_ERROR,
    STRING_TOO_LONG,
    UNDEFINED_COLUMN,
    UNDEFINED_OBJECT,
    RedshiftError,
    boxed,
)
from dw_simulator.emulators.redshift.translation.dialect import parse

Fields = dict[str, str]

_INNER = re.compile(r'SQL statement "(.*?)"(?:\nPL/pgSQL|\Z)', re.S)


def worded(fields: Mapping[str, str], sql: str) -> Fields:
    """The fields of an ErrorResponse of the statement ``sql`` in Redshift's words."""
    found = dict(fields)
    rule = _RULES.get(found.get("C", ""))
    if rule is not None:
        inner = _INNER.search(found.get("W", ""))
        rule(found, inner[1] if inner else sql)
    return found


def _by_compute_node(fields: Fields, message: str, code: int, context: str) -> None:
    fields.update(C=INTERNAL_ERROR, M=message, D=boxed(message, code, context))


# --- conversions -----------------------------------------------------------------------------------------------------
_BAD_TEXT = re.compile(r'invalid input syntax for type (integer|bigint|smallint|numeric): "(.*)"', re.S)
_TYPES = {"integer": "Integer", "bigint": "Long", "smallint": "Short", "numeric": "Decimal"}
_DIGITS = {
    False: re.compile(r"\s*[+-]?\d*\s*"),
    True: re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)?(?:[eE][+-]?\d+)?\s*"),
}


_OF_TABLES = re.compile(r"\b(?:from|update|merge)\b", re.I)


def _conversion(fields: Fields, sql: str) -> None:
    match = _BAD_TEXT.fullmatch(fields["M"])
    if match is None:
        return
    kind, text = match[1], match[2]
    start = _DIGITS[kind == "numeric"].match(text)
    at = start.end() if start else 0
    if "P" in fields or "W" in fields or not _OF_TABLES.search(sql) or at >= len(text):
        # A literal, which has a place in the statement; a bound value, or one of a procedure; no table takes part.
        if kind != "numeric":
            fields["M"] = f'invalid input syntax for integer: "{text}"'
        return
    message = f"Invalid digit, Value '{text[at]}', Pos {at}, Type: {_TYPES[kind]} "
    _by_compute_node(fields, message, 1207, text)


_OVERFLOW = re.compile(r"A field with precision (\d+), scale \d+ must round")


def _number_overflow(fields: Fields, sql: str) -> None:  # noqa: ARG001 - one interface
    if fields["M"] != "numeric field overflow":
        return
    limit = _OVERFLOW.match(fields.get("D", ""))
    bits = 64 if limit is not None and int(limit[1]) < 19 else 128
    _by_compute_node(fields, "Numeric data overflow (result precision)", 1058, f"{bits} bit overflow")


_CONSTANT_INSERT = re.compile(r"\s*insert\s(?!.*\bselect\b)(?!.*\$\d)", re.I | re.S)


def _too_long(fields: Fields, sql: str) -> None:
    if fields["M"].startswith("value too long for type ") and not _CONSTANT_INSERT.match(sql):
        context = "V" + fields["M"][1:]
        _by_compute_node(fields, "Value too long for character type", 8001, context)


# --- names -----------------------------------------------------------------------------------------------------------
_NO_COLUMN = re.compile(r'column "(.+)" does not exist')


def _no_column(fields: Fields, sql: str) -> None:
    fields.pop("H", None)  # what else might be meant: newer than Redshift
    match = _NO_COLUMN.fullmatch(fields["M"])
    relation = match and _only_relation(sql, match[1].replace('""', '"'))
    if relation:
        fields["M"] += f" in {relation}"


_QUERY = re.compile(r"\b(?:select|with)\b", re.I)
_PASSABLE = (exp.Subquery, exp.From, exp.Join, exp.CTE, exp.With, exp.SetOperation, exp.Select, exp.Insert, exp.Create)


def _only_relation(sql: str, column: str) -> str | None:
    """The relation that a column without a table's name was looked for in, where there is just one such."""
    start = re.match(r"\s*(?:select|with|update|delete|insert)\b", sql, re.I) or _QUERY.search(sql)
    if start is None:
        return None
    try:
        tree = parse(sql[start.start() :])
    except RedshiftError:
        return None
    found = {_relation_of(node) for node in tree.find_all(exp.Column) if node.name == column and not node.table}
    return found.pop() if len(found) == 1 else None


def _relation_of(column: exp.Expr) -> str | None:
    scope = column.find_ancestor(exp.Select, exp.Update, exp.Delete)
    if scope is None:
        return None
    outer = scope.parent
    while outer is not None:
        if not isinstance(outer, _PASSABLE):
            return None  # a subquery of an expression sees the relations around it too
        outer = outer.parent
    sources = scope.args.get("from_")
    if isinstance(scope, exp.Select):
        source = sources.this if sources is not None else None
    else:
        source = scope.this if sources is None and not scope.args.get("using") else None
    if not isinstance(source, (exp.Table, exp.Subquery)) or scope.args.get("joins") or source.args.get("joins"):
        return None
    return source.alias_or_name or None


_ROLE = re.compile(r'role "(.+)" (?:does not exist|already exists)')
_OF_PRINCIPALS = re.compile(
    r"\s*(create|alter|drop|grant|revoke|attach|detach|set\s+session\s+authorization|show\s+grants)\b", re.I
)


def _principal(fields: Fields, sql: str) -> None:
    """PostgreSQL's roles are users, groups and roles: the statement says which was meant, a user if it does not say."""
    match = _ROLE.fullmatch(fields["M"])
    begin = _OF_PRINCIPALS.match(sql)
    if match is None or begin is None:
        return
    name = match[1].replace('""', '"')
    if kind := re.search(rf'\b(user|group|role)\s+"?{re.escape(name)}"?(?![\w$])', sql, re.I):
        word = kind[1].lower()
    elif begin[1].lower() in ("grant", "revoke") and not re.search(r"\bon\b", sql, re.I):
        granted = re.split(r"\b(?:to|from)\b", sql, maxsplit=1, flags=re.I)[0]
        word = "role" if name.lower() in granted.lower() else "user"
    else:
        word = "user"
    fields["M"] = word + fields["M"][len("role") :]


_NEEDED = re.compile(r'role "(.+)" cannot be dropped because some objects depend on it')


def _still_needed(fields: Fields, sql: str) -> None:
    """Of users and groups ("DROP USER", "DROP GROUP")."""
    match = _NEEDED.fullmatch(fields["M"])
    kind = re.match(r"\s*drop\s+(user|group)\b", sql, re.I)
    detail = fields.get("D", "")
    if match is None or kind is None or not re.search(r"^(?:owner of|privileges for) ", detail, re.M):
        return
    word = kind[1].lower()
    reason = "owns some object" if re.search(r"^owner of ", detail, re.M) else "has a privilege on some object"
    fields.update(C="55006", M=f'{word} "{match[1]}" can\'t be dropped because the {word} {reason}')
    del fields["D"]


_RULES: dict[str, Callable[[Fields, str], None]] = {
    "22P02": _conversion,
    "22003": _number_overflow,
    STRING_TOO_LONG: _too_long,
    UNDEFINED_COLUMN: _no_column,
    UNDEFINED_OBJECT: _principal,
    "42710": _principal,
    "2BP01": _still_needed,
}
