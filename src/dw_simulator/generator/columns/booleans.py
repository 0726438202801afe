"""BOOLEAN."""

from __future__ import annotations

import pyarrow as pa

from dw_simulator.generator.domain import Domain, Grid
from dw_simulator.generator.registry import Request, family
from dw_simulator.schema.model import DataType


@family(DataType.BOOLEAN)
def booleans(request: Request) -> Domain:
    """false, true; names such as ``is_active`` and ``deleted`` say how often."""
    share = request.guess.share_true
    return Grid(pa.bool_(), 0, 2, weights=(1 - share, share))
