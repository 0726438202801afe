"""PUT, GET, LIST and REMOVE stay within their stage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dw_simulator.emulators.snowflake.errors import SnowflakeError


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
