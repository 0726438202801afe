"""Names, types and lowering of queries in one bottom-up walk; one dispatch by node type."""

from dw_simulator.emulators.snowflake.translation.binder.query import Binder

__all__ = ["Binder"]
