"""Database and schema of a login, as clients write them."""

from __future__ import annotations

import pytest

from dw_simulator.emulators.snowflake.protocol.login import parse_login


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"databaseName": "db", "schemaName": "s"}, ("DB", "S")),
        ({"databaseName": "db/s"}, ("DB", "S")),
        ({"databaseName": "db/s", "schemaName": "t"}, ("DB/S", "T")),
        ({"databaseName": '"a/b"'}, ("a/b", None)),
        ({"schemaName": '"s t"'}, (None, "s t")),
        ({}, (None, None)),
    ],
)
def test_places_of_a_login(query: dict[str, str], place: tuple[str | None, str | None]) -> None:
    request = parse_login({"data": {"LOGIN_NAME": "u"}}, query)
    assert (request.database, request.schema) == place
