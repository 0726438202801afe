"""The experiment model: tables, columns, keys, rules; validation; importers."""

from dw_simulator.schema.distributions import (
    Categorical,
    Distribution,
    Exponential,
    LogNormal,
    Normal,
    Uniform,
    Zipf,
)
from dw_simulator.schema.model import (
    INTEGER_RANGES,
    Column,
    CompositeForeignKey,
    DataType,
    Dialect,
    Experiment,
    ForeignKey,
    Identity,
    Reference,
    SortKey,
    Table,
    Warehouse,
)

__all__ = [
    "INTEGER_RANGES",
    "Categorical",
    "Column",
    "CompositeForeignKey",
    "DataType",
    "Dialect",
    "Distribution",
    "Experiment",
    "Exponential",
    "ForeignKey",
    "Identity",
    "LogNormal",
    "Normal",
    "Reference",
    "SortKey",
    "Table",
    "Uniform",
    "Warehouse",
    "Zipf",
]
