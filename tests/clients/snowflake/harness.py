"""What the programs of scenarios share. They run in the environment of the client that is tried, without this project.

``python PROGRAM.py SNOWFLAKE_PORT S3_PORT FOLDER [SCENARIO …]`` prints a JSON object: scenario -> traceback, or null.
The variable SCENARIO_OPTIONS has options for every connection, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

SCENARIOS: dict[str, Callable[[], None]] = {}
PLACE = SimpleNamespace(port=0, s3_port=0, folder=Path())
"""Where the services listen, and a folder for files."""
OPTIONS = json.loads(os.environ.get("SCENARIO_OPTIONS", "{}"))
TRACEBACK_LINES = 30


def scenario(function: Callable[[], None]) -> Callable[[], None]:
    SCENARIOS[function.__name__] = function
    return function


def options(**more: Any) -> dict[str, Any]:
    """The options of snowflake.connector.connect."""
    known = {
        "account": "local",
        "user": "ada",
        "password": "x",
        "host": "127.0.0.1",
        "port": PLACE.port,
        "protocol": "http",
    }
    return {**known, **OPTIONS, **more}


def same(found: Any, expected: Any) -> None:
    """An assertion that tells both sides: these programs run without pytest."""
    assert found == expected, f"\nfound    {found!r}\nexpected {expected!r}"


def fails(action: Callable[[], Any], kind: type[Exception], *texts: str) -> Any:
    """The error of ``kind`` that the action raises, whose message has all ``texts``."""
    caught: Exception | None = None
    try:
        action()
    except kind as error:
        caught = error
    assert caught is not None, f"no error; expected {kind.__name__} with {texts}"
    missing = [text for text in texts if text not in str(caught)]
    assert not missing, f"{missing} not in {caught}"
    return caught


def main() -> None:
    PLACE.port, PLACE.s3_port, PLACE.folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    chosen = sys.argv[4:] or list(SCENARIOS)
    outcomes: dict[str, str | None] = {}
    for name in chosen:
        try:
            SCENARIOS[name]()
        except Exception:  # noqa: BLE001 - the outcome of a scenario
            outcomes[name] = "\n".join(traceback.format_exc().splitlines()[-TRACEBACK_LINES:])
        else:
            outcomes[name] = None
    print(json.dumps(outcomes))
