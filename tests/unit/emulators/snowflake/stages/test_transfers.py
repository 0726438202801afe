"""PUT, GET, LIST and REMOVE stay within their stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.stages.storage import LocalStorage
from dw_simulator.emulators.snowflake.stages.transfers import TRANSFER_PATH, Transfers


@pytest.mark.parametrize(
    "sql",
    [
        "PUT file:///tmp/f.csv @s/../x",
        "PUT file:///tmp/f.csv @s/a/../../x AUTO_COMPRESS = FALSE",
        "PUT file:///tmp/f.csv @~/../x",
        "GET @s/../x file:///tmp/",
        "LIST @s/..",
        "REMOVE @s/../../",
    ],
)
def test_paths_that_leave_the_stage(execute: Callable[[str], object], sql: str) -> None:
    execute("CREATE STAGE s")
    with pytest.raises(SnowflakeError, match="leaves the stage") as caught:
        execute(sql)
    assert caught.value.errno == 91003


def test_the_url_of_an_upload_takes_one_file(tmp_path: Path) -> None:
    """Driver 5 sends the next file of a PUT with the URL of the one before: it must not store it under that name."""
    transfers = Transfers()

    def granted(writable: bool) -> str:
        url = transfers.grant(LocalStorage(tmp_path), "in/a.csv", writable=writable)
        return url.removeprefix(TRANSFER_PATH).partition("/")[0]

    token = granted(writable=True)
    grant = transfers.take(token)
    assert grant is not None and grant.path == "in/a.csv"
    assert transfers.take(token) is None
    transfers.give_back(token, grant)
    assert transfers.take(token) == grant
    assert transfers.take(granted(writable=False)) is None
    assert transfers.take("unknown") is None
