"""``pyarrow.compute``, imported when something of it is first used: it is a twentieth of the server's start."""

from __future__ import annotations

import importlib
from typing import Any


def load() -> None:
    importlib.import_module("pyarrow.compute")


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("pyarrow.compute"), name)
