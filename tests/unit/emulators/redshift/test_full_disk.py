"""A disk that becomes full under PostgreSQL: what clients are told, and that the server comes back."""

import asyncio
import contextlib
import os
import signal
import threading
import time

import psycopg
import pytest
import redshift_connector

from dw_simulator.config.settings import load_settings
from dw_simulator.emulators.redshift.backend import Backend
from dw_simulator.emulators.redshift.errors import DISK_FULL, BackendError
from dw_simulator.emulators.redshift.postgres import cluster as places
from dw_simulator.emulators.redshift.postgres import disk
from dw_simulator.emulators.redshift.server import RedshiftServer


@pytest.mark.parametrize(
    ("log", "free", "full"),
    [
        (b'PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device\n', 1 << 30, True),
        (b'FATAL:  could not write to file "base/1/17280": No space left on device\n', 1 << 30, True),
        (b'ERROR:  could not extend file "base/5/1": No space left on device\n', 1 << 30, False),
        (b"PANIC:  No space left on device\nLOG:  database system is ready to accept connections\n", 1 << 30, False),
        (b"", 1 << 30, False),
        (b"", 4096, True),
    ],
)
def test_how_a_full_disk_is_recognised(tmp_path, monkeypatch, log, free, full):
    cluster = places.Cluster(tmp_path, tmp_path, None)
    cluster.log.write_bytes(log)
    monkeypatch.setattr(disk, "free_bytes", lambda _folder: free)
    assert disk.disk_is_full(cluster) is full


def test_the_reserve_is_kept_given_up_and_taken_again(tmp_path, monkeypatch):
    cluster = places.Cluster(tmp_path, tmp_path, None)
    seen = []
    for free in (1 << 40, 1 << 20, 1 << 20, 1 << 40):
        monkeypatch.setattr(disk, "free_bytes", lambda _folder, free=free: free)
        disk.give_up_reserve(cluster)
        disk.keep_reserve(cluster)
        seen.append(cluster.reserve.stat().st_size if cluster.reserve.exists() else 0)
    assert seen == [disk.RESERVE_BYTES, 0, 0, disk.RESERVE_BYTES]


def _through_psycopg(port, kill):
    with psycopg.connect(f"host=127.0.0.1 port={port} dbname=dev user=awsuser password=mockpass") as connection:
        connection.execute("CREATE TABLE kept (a int)")
        connection.execute("INSERT INTO kept VALUES (1), (2)")
        connection.commit()
        connection.execute("INSERT INTO kept VALUES (3)")
        kill()
        with pytest.raises(psycopg.errors.DiskFull) as caught:
            connection.execute("SELECT pg_sleep(20)")
    return caught.value.diag.message_primary


def _through_redshift_connector(port, kill):
    login = {"host": "127.0.0.1", "port": port, "database": "dev", "user": "awsuser", "password": "mockpass"}
    with redshift_connector.connect(**login, ssl=False) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM kept")
        assert cursor.fetchone() == [2]
        kill()
        with pytest.raises(redshift_connector.ProgrammingError) as caught:
            cursor.execute("SELECT pg_sleep(20)")
    assert caught.value.args[0]["C"] == DISK_FULL
    return caught.value.args[0]["M"]


def _kill_when_it_sleeps(port, pid):
    login = f"host=127.0.0.1 port={port} dbname=dev user=awsuser password=mockpass"
    asleep = "SELECT count(*) FROM pg_stat_activity WHERE query ILIKE '%pg_sleep(20)%' AND pid <> pg_backend_pid()"
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(login, autocommit=True) as watcher:
        while watcher.execute(asleep).fetchone() == (0,):
            time.sleep(0.02)
        os.kill(pid, signal.SIGKILL)
        watcher.execute("SELECT 1")  # its session ends with the server


def test_clients_are_told_and_the_server_comes_back(tmp_path, monkeypatch):
    settings = load_settings({"home": tmp_path, "redshift": {"port": 0}}, use_running_stack=False)

    async def scene():
        backend = Backend(settings)
        await backend.start()
        server = RedshiftServer(settings, backend)
        listener = await server.listen("127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]

        def kill():
            """Once the statement that comes next is under way."""
            threading.Thread(target=_kill_when_it_sleeps, args=(port, backend._server.pid), daemon=True).start()

        try:
            for talk in (_through_psycopg, _through_redshift_connector):
                with monkeypatch.context() as patch:
                    patch.setattr(disk, "free_bytes", lambda _folder: 0)
                    message = await asyncio.to_thread(talk, port, kill)
                    assert message.startswith("Disk Full: no space is left on the disk that holds ")
                    while not backend.has_ended():
                        await asyncio.sleep(0.01)
                    await backend.restart()
                    assert not backend._server._cluster.reserve.exists()
        finally:
            listener.close()
            await server.close()
            await backend.stop()

    asyncio.run(scene())


def test_postgres_own_words_become_redshift_s():
    error = BackendError({"C": "53100", "M": 'could not extend file "base/5/1": No space left on device'})
    assert (error.sqlstate, error.message) == ("53100", "Disk Full: no space is left for the data of the emulator")
