"""What the models of a schema share: strict scalars and the strict base."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True)]
Real = Annotated[float, Field(strict=True)]
"""Strict: "yes", "12" and true are texts and flags, never numbers or flags by accident."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
