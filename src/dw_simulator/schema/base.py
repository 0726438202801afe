"""What the models of a schema share: strict scalars and the strict base."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True)]
Real = Annotated[float, Field(strict=True)]
"""Strict: "yes", "12" and true are texts and flags, never numbers or flags by accident."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


IsoMoment = dt.date | dt.datetime


def parse_moment(value: Any) -> Any:
    """ISO 8601 text -> date or datetime; a date stays a date."""
    if value is None or isinstance(value, dt.date):
        return value
    for read in (dt.date.fromisoformat, dt.datetime.fromisoformat):
        try:
            return read(value)
        except (ValueError, TypeError):
            continue
    raise ValueError(f"{value!r} is not a date such as 2024-12-31 or a timestamp such as 2024-12-31T23:59:59")
