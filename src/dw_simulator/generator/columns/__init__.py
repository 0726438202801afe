"""One file per family of column generators; each registers itself. Importing this package fills the registries."""

from dw_simulator.generator.columns import (
    address,
    binary,
    booleans,
    calendar_,
    commerce,
    company,
    contact,
    decimals,
    floats,
    integers,
    internet,
    json_,
    moments,
    person,
    random_text,
    text,
)

__all__ = [
    "address",
    "binary",
    "booleans",
    "calendar_",
    "commerce",
    "company",
    "contact",
    "decimals",
    "floats",
    "integers",
    "internet",
    "json_",
    "moments",
    "person",
    "random_text",
    "text",
]
