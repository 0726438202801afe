"""Every module that registers commands."""

from dw_simulator.emulators.redshift.commands import (
    copying,
    definitions,
    maintenance,
    parameters,
    principals,
    programs,
    showing,
    transactions,
)

__all__ = [
    "copying", "definitions", "maintenance", "parameters", "principals", "programs", "showing", "transactions",
]  # fmt: skip
