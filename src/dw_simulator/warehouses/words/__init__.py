"""The words of each warehouse's SQL, for completion. The files beside this one are made by scripts/generate_docs.py."""

from __future__ import annotations

from importlib.resources import files

from pydantic import BaseModel, Field

from dw_simulator.schema import Warehouse


class Words(BaseModel):
    """Each in upper case, in order. Types and keywords may be several words."""

    keywords: list[str] = Field(description="words of statements that are no types")
    functions: list[str]
    types: list[str]


def words_of(warehouse: Warehouse) -> Words:
    """What a warehouse's SQL is made of, as far as this project knows it."""
    return Words.model_validate_json(files(__name__).joinpath(f"{warehouse.value}.json").read_bytes())
