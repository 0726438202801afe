"""What is shown of warehouses. Vendor page: "CREATE WAREHOUSE"."""

from __future__ import annotations

_SIZES = {
    "XSMALL": "X-Small", "SMALL": "Small", "MEDIUM": "Medium", "LARGE": "Large", "XLARGE": "X-Large",
    "XXLARGE": "2X-Large", "X2LARGE": "2X-Large", "2XLARGE": "2X-Large", "XXXLARGE": "3X-Large", "X3LARGE": "3X-Large",
    "3XLARGE": "3X-Large", "X4LARGE": "4X-Large", "4XLARGE": "4X-Large", "X5LARGE": "5X-Large", "5XLARGE": "5X-Large",
    "X6LARGE": "6X-Large", "6XLARGE": "6X-Large",
}  # fmt: skip


def shown_size(given: object) -> str:
    """A warehouse's size as SHOW and GET_DDL print it."""
    text = str(given or "XSMALL")
    return _SIZES.get(text.upper().replace("-", "").replace("_", ""), text)
