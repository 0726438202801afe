"""Snowflake's functions, one file per category of the vendor's function reference; see ``registry``."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Import every module of this package: each registers its functions."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
