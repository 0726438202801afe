"""A function that takes text takes what Snowflake casts to text by itself. Vendor page: "Data type conversion"."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dw_simulator.emulators.snowflake import functions
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.functions import registry
from dw_simulator.emulators.snowflake.results import StatementResult

Execute = Callable[..., StatementResult]
functions.load()
VALUES = ("12::number(5,0)", "2.5::float", "true", "'2024-01-02'::date", "parse_json('\"q\"')")
OTHERS = {"t": "'a'", "y": "'a'", "i": "1", "n": "1", "f": "1", "b": "true", "v": "'a'::variant"}
ROWS = [
    entry
    for overloads in registry.FUNCTIONS.values()
    for entry in overloads
    if set("ty") & set(entry.signature) and entry.kind == "scalar" and set(entry.signature) <= {*OTHERS, "+"}
]


def outcome(execute: Execute, sql: str) -> object:
    try:
        batches = list(execute(sql).batches)
    except SnowflakeError as error:
        return error.errno
    return [row for batch in batches for row in batch.to_pylist()]


@pytest.mark.parametrize("value", VALUES)
def test_texts_are_made_of_other_values(execute: Execute, value: str) -> None:
    """The function gives the same for a value and for the value as text."""
    wrong = []
    for entry in ROWS:
        letters = entry.signature.rstrip("+")
        for at in (at for at, letter in enumerate(letters) if letter in "ty"):
            calls = []
            for argument in (value, f"({value})::varchar"):
                arguments = [argument if at == place else OTHERS[letter] for place, letter in enumerate(letters)]
                calls.append(f"SELECT {entry.name}({', '.join(arguments)})")
            given, wanted = (outcome(execute, call) for call in calls)
            if given != wanted:
                wrong.append(f"{calls[0]}: {given}, and with text {wanted}")
    assert not wrong, wrong


def test_no_function_shows_the_engine_underneath(execute: Execute) -> None:
    """Whatever is given to a function of Snowflake's, an error is Snowflake's own."""
    wrong = []
    for name, overloads in registry.FUNCTIONS.items():
        entry = overloads[0]
        if entry.kind != "scalar" or not name[0].isalpha() or name.startswith(("SYSTEM$", "GROUPING")):
            continue
        for value in ("12", "'2024-01-02'::date"):
            found = outcome(execute, f"SELECT {name}({', '.join([value] * entry.low)})")
            if found == 603:
                wrong.append(f"{name}({value})")
    assert not wrong, wrong


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT "a" FROM named', 'INSERT INTO named ("a") VALUES (1)', 'UPDATE named SET "a" = 1',
        'COPY INTO named ("a") FROM @~',
    ],
)  # fmt: skip
def test_messages_quote_names_that_need_it(execute: Callable[..., StatementResult], sql: str) -> None:
    execute("CREATE OR REPLACE TABLE named (x INT)")
    with pytest.raises(SnowflakeError, match="invalid identifier '\"a\"'"):
        execute(sql)
