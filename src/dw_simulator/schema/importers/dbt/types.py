"""The type of a column: declared in a dialect, seen, or guessed from its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dw_simulator.errors import ImportSchemaError
from dw_simulator.schema.importers.sql.tokens import Source, Stream, SyntaxProblem, Token, statements
from dw_simulator.schema.importers.sql.types import read_type
from dw_simulator.schema.model import Dialect

Fields = dict[str, Any]


def declared(text: str, dialects: Sequence[Dialect]) -> Fields | None:
    """The fields of a column that ``numeric(10,2)`` stands for in the first dialect that knows it; None if none does.

    The type as written is kept (``physical_type``) where it is the first dialect's and would not come back.
    """
    for dialect in dialects:
        found = _read(text, dialect)
        if found is not None:
            fields, physical = found
            return fields | ({"physical_type": physical} if physical and dialect is dialects[0] else {})
    return None


def _read(text: str, dialect: Dialect) -> tuple[Fields, str | None] | None:
    source = Source(text, dialect)
    unknown: list[str] = []

    def report(message: str, _: Token, __: str | None) -> None:
        unknown.append(message)

    try:
        found = list(statements(source))
        if len(found) != 1:
            return None
        stream = Stream(source, found[0])
        read = read_type(stream, report)
    except (ImportSchemaError, SyntaxProblem):
        return None
    if unknown or read.fields is None or not stream.at_end:
        return None
    return read.fields, read.physical


_BY_NAME: tuple[tuple[str, Fields], ...] = (
    (r"(.*_)?(id|key|sk|nk)", {"data_type": "BIGINT"}),
    (r"(is|has|was|can|did)_.*|.*_flag", {"data_type": "BOOLEAN"}),
    (r"(.*_)?(at|ts|timestamp|datetime)|(.*_)?loaded_at|valid_(from|to)", {"data_type": "TIMESTAMP"}),
    (r"(.*_)?(date|day|dob)|date_.*|.*_on|(.*_)?(month|week|year)_start", {"data_type": "DATE"}),
    (
        r"(.*_)?(amount|price|cost|total|subtotal|revenue|fee|tax|discount|balance|value|spend|payment|salary|profit|"
        r"margin|usd|eur|gbp)",
        {"data_type": "DECIMAL", "precision": 18, "scale": 2},
    ),
    (r"(.*_)?(rate|ratio|percent|pct|share|score|latitude|longitude|lat|lon|lng|weight)", {"data_type": "FLOAT"}),
    (
        r"(.*_)?(count|quantity|qty|number_of.*|rank|position|age|year|month|hour|minute|seconds|index|size|sequence|"
        r"cents|bytes|units)|(count|num|n|number)_.*",
        {"data_type": "INT"},
    ),
)


def by_name(name: str) -> Fields:
    """What a column of that name usually is; text where the name says nothing."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return next((dict(fields) for pattern, fields in _BY_NAME if re.fullmatch(pattern, snake)), text_of(255))


def text_of(length: int) -> Fields:
    return {"data_type": "VARCHAR", "varchar_length": length}
