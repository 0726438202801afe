"""Every module that registers commands."""

from dw_simulator.emulators.redshift.commands import (
    copying,
    definitions,
    drivers,
    explaining,
    external,
    maintenance,
    masking,
    parameters,
    principals,
    privileges,
    programs,
    row_security,
    showing,
    transactions,
    updating,
)

__all__ = [
    "copying", "definitions", "drivers", "explaining", "external", "maintenance", "masking", "parameters",
    "principals", "privileges", "programs", "row_security", "showing", "transactions", "updating",
]  # fmt: skip
