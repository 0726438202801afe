"""SMALLINT, INT, BIGINT."""

from __future__ import annotations

from dw_simulator.generator.columns.numbers import unscaled_domain
from dw_simulator.generator.domain import Domain
from dw_simulator.generator.registry import Request, family
from dw_simulator.schema.model import DataType


@family(DataType.SMALLINT, DataType.INT, DataType.BIGINT)
def integers(request: Request) -> Domain:
    """Whole numbers between the column's bounds."""
    return unscaled_domain(request)
