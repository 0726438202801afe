"""What all bodies of requests have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class RequestBody(BaseModel):
    """Unknown fields are an error: a misspelt option is better named than passed over."""

    model_config = ConfigDict(extra="forbid")
