"""Every module that registers commands."""

from dw_simulator.emulators.redshift.commands import (
    copying,
    definitions,
    drivers,
    maintenance,
    parameters,
    principals,
    programs,
    row_security,
    showing,
    transactions,
)

__all__ = [
    "copying", "definitions", "drivers", "maintenance", "parameters", "principals", "programs", "row_security",
    "showing", "transactions",
]  # fmt: skip
