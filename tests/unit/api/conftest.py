from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from dw_simulator.api.app import create_app
from dw_simulator.config.settings import load_settings


@pytest.fixture
def client(tmp_path) -> Iterator[TestClient]:
    """The API over an empty home, asked as a local browser or script asks it."""
    settings = load_settings({"home": tmp_path / "home"}, use_running_stack=False)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def shop() -> dict[str, object]:
    """A small schema that is stored in SQLite only."""
    return {
        "name": "shop",
        "tables": [
            {
                "name": "customers",
                "target_rows": 10,
                "warnings": ["look here"],
                "columns": [
                    {"name": "id", "data_type": "INT", "is_unique": True, "required": True},
                    {"name": "email", "data_type": "VARCHAR", "varchar_length": 80},
                ],
            }
        ],
    }


@pytest.fixture
def unreachable(client) -> None:
    """No service answers: the ports are those of nobody."""
    for name in ("s3", "redshift", "snowflake"):
        client.app.state.settings.service(name).port = 1
