"""Handlers of the statements that are not queries; see ``registry``."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Import every module of this package: each registers its handlers."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
