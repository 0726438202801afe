"""The data of server-sent events that are no model of a resource."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class ExperimentsChange(BaseModel):
    """The data of an event ``experiments``."""

    name: str
    change: Literal["created", "deleted", "changed"]
