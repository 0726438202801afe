"""Queries of a workspace: run, kept to be read again, exported, compared, remembered."""

from dw_simulator.experiments.queries.execution import QueryRequest, Timing
from dw_simulator.experiments.queries.kept import Page
from dw_simulator.experiments.queries.kinds import ColumnKind
from dw_simulator.experiments.queries.service import Queries
from dw_simulator.experiments.queries.statements import StatementKind

__all__ = ["ColumnKind", "Page", "Queries", "QueryRequest", "StatementKind", "Timing"]
