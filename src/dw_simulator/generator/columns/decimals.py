"""DECIMAL(p,s)."""

from __future__ import annotations

from dw_simulator.generator.columns.numbers import unscaled_domain
from dw_simulator.generator.domain import Domain
from dw_simulator.generator.registry import Request, family
from dw_simulator.schema.model import DataType


@family(DataType.DECIMAL)
def decimals(request: Request) -> Domain:
    """Decimals with all digits of their scale, between the column's bounds."""
    return unscaled_domain(request)
