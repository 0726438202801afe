"""Writes the API's OpenAPI document to services/web-ui/openapi.json, from which the web UI's client is generated."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from dw_simulator.api.app import create_app
from dw_simulator.config import Settings

PLACE = Path(__file__).parents[1] / "services" / "web-ui" / "openapi.json"


def document() -> str:
    """The document as text, the same for the same code."""
    with tempfile.TemporaryDirectory() as home:
        found = create_app(Settings(home=Path(home))).openapi()
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PLACE.write_text(document(), encoding="utf-8")
