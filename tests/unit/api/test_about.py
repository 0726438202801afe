"""The server itself, and how clients connect."""

import datetime as dt
from importlib.metadata import version


def test_about(client, tmp_path):
    about = client.get("/api/about").json()
    started = dt.datetime.fromisoformat(about.pop("started_at"))
    assert started.tzinfo is not None
    home = tmp_path / "home"
    assert about == {
        "version": version("dw-simulator"),
        "home": str(home),
        "metadata_path": str(home / "metadata.sqlite"),
        "remote_targets": [],
    }


def test_connections(client):
    found = {(one["service"], one["client"]): one for one in client.get("/api/connections").json()}
    assert found["redshift", "psql"] == {
        "service": "redshift",
        "client": "psql",
        "title": "Redshift, psql",
        "language": "bash",
        "text": "PGPASSWORD=mockpass psql -h 127.0.0.1 -p 5439 -U awsuser dev",
    }
    assert {"redshift", "snowflake", "s3", "api"} == {service for service, _ in found}
