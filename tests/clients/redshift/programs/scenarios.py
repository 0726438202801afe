"""What the programs of this folder share: they run in a client's own environment, without pytest.

    python with_asyncpg.py PORT S3_URL BUCKET

Each function ``case_…`` is a scenario; its outcome is printed as a line of JSON: name, traceback or null.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

ROLE = "arn:aws:iam::123456789012:role/any"
USER, PASSWORD, DATABASE = "awsuser", "mockpass", "dev"


def arguments() -> tuple[int, str, str]:
    """The emulator's port, the store's address, a bucket."""
    return int(sys.argv[1]), sys.argv[2], sys.argv[3]


def run(names: Mapping[str, Any]) -> None:
    """Run the scenarios among the names of a module, in the order in which they are written."""
    for name, scenario in names.items():
        if name.startswith("case_") and inspect.isfunction(scenario):
            print(json.dumps({"name": name, "error": _outcome(scenario)}), flush=True)


def _outcome(scenario: Callable[[], Any]) -> str | None:
    try:
        result = scenario()
        if inspect.isawaitable(result):
            asyncio.run(_awaited(result))
    except Exception:  # noqa: BLE001 - whatever goes wrong is the outcome
        return traceback.format_exc()
    return None


async def _awaited(result: Any) -> None:
    await result


async def awaited_refusal(error: type[BaseException], awaitable: Awaitable[Any]) -> BaseException:
    """The error that ``awaitable`` raises."""
    try:
        await awaitable
    except error as raised:
        return raised
    raise AssertionError(f"{error.__name__} was not raised")


def refusal(error: type[BaseException], call: Callable[[], Any]) -> BaseException:
    """The error that ``call`` raises."""
    try:
        call()
    except error as raised:
        return raised
    raise AssertionError(f"{error.__name__} was not raised")
