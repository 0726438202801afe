"""Schema and seed -> Arrow batches -> Parquet.

The value of a row is a pure function of seed, table, column and row number: any range can be made anywhere, in any
order, and is always the same. :func:`build_plan` checks a schema and works out those functions; :func:`run` writes
Parquet files.
"""

from dw_simulator.generator.plan import GenerationPlan, TablePlan, build_plan, days_for_rows
from dw_simulator.generator.runner import (
    DEFAULT_BATCH_ROWS,
    GenerationReport,
    Progress,
    TableReport,
    run,
)
from dw_simulator.generator.sinks import BatchSink, CountingSink, DirectorySink, DiscardingSink

__all__ = [
    "DEFAULT_BATCH_ROWS",
    "BatchSink",
    "CountingSink",
    "DirectorySink",
    "DiscardingSink",
    "GenerationPlan",
    "GenerationReport",
    "Progress",
    "TablePlan",
    "TableReport",
    "build_plan",
    "days_for_rows",
    "run",
]
