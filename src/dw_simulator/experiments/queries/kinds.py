"""The kinds of columns of a result: those of the warehouses."""

from dw_simulator.warehouses.kinds import ColumnKind

__all__ = ["ColumnKind"]
