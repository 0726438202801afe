"""The Redshift emulator over TLS: every driver verifies the certificate, and none gets in without."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import struct
import subprocess
import threading
from contextlib import closing

import psycopg
import psycopg2
import pytest
import redshift_connector

from dw_simulator.stack import connect
from dw_simulator.stack.health import SSL_REQUEST

pytestmark = pytest.mark.stack

QUERY = "select count(*), sum(n) from generate_series(1, 200000) as g(n)"
ANSWER = (200000, 20000100000)


@pytest.fixture
def options(secure):
    target = secure.stack.settings.redshift
    login = {"host": target.host, "port": target.port, "user": "awsuser", "password": "mockpass", "dbname": "dev"}
    return {**login, "sslmode": "verify-full", "sslrootcert": secure.ca}


@pytest.mark.parametrize("driver", [psycopg, psycopg2], ids=["psycopg", "psycopg2"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_libpq_verifies(options, driver, host):
    with closing(driver.connect(**{**options, "host": host})) as connection:
        cursor = connection.cursor()
        cursor.execute(QUERY)
        assert cursor.fetchone() == ANSWER
        cursor.execute("select generate_series(1, 200000), 'some text that makes rows wider'")
        assert sum(1 for _ in cursor) == 200000


@pytest.mark.parametrize("driver", [psycopg, psycopg2], ids=["psycopg", "psycopg2"])
def test_libpq_refuses_another_ca(secure, options, driver):
    with pytest.raises(driver.OperationalError, match="certificate verify failed"):
        driver.connect(**{**options, "sslrootcert": secure.other_ca})


@pytest.mark.parametrize("mode", ["disable", "allow"])
def test_plain_connections(options, mode):
    """``allow`` tries without encryption first, is refused, and comes back with it."""
    if mode == "disable":
        with pytest.raises(psycopg.OperationalError, match=r'no pg_hba\.conf entry .*"awsuser".* SSL off'):
            psycopg.connect(**{**options, "sslmode": mode})
    else:
        with closing(psycopg.connect(**{**options, "sslmode": mode})) as connection:
            assert connection.pgconn.ssl_in_use


def test_tls_1_2(options):
    with closing(psycopg.connect(**options, ssl_max_protocol_version="TLSv1.2")) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


@pytest.mark.skipif(shutil.which("psql") is None, reason="no psql here")
def test_psql(secure, options):
    address = f"host={options['host']} port={options['port']} dbname=dev user=awsuser"
    command = ["psql", f"{address} sslmode=verify-full sslrootcert={secure.ca}", "-Atc", QUERY]
    done = subprocess.run(
        command, env={"PGPASSWORD": "mockpass", "PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert done.stdout == "200000|20000100000\n", done.stderr


@pytest.mark.filterwarnings("ignore::DeprecationWarning:redshift_connector")
def test_redshift_connector(secure, clean_trust, monkeypatch):
    with closing(connect.redshift_connection(secure.stack.settings)) as connection:
        cursor = connection.cursor()
        cursor.execute(QUERY)
        assert tuple(cursor.fetchone()) == ANSWER
    monkeypatch.setenv("SSL_CERT_DIR", "/nowhere")
    target = secure.stack.settings.redshift
    login = {"host": target.host, "port": target.port, "user": "awsuser", "password": "mockpass", "database": "dev"}
    with pytest.raises((redshift_connector.Error, ssl.SSLCertVerificationError), match="certificate verify failed"):
        redshift_connector.connect(**login, ssl=True, sslmode="verify-full")


def test_cancel(options):
    """libpq 17 and later send cancel requests over TLS as well."""
    with closing(psycopg.connect(**options)) as connection:
        over = threading.Event()

        def ask():  # again and again: a request may come before the statement
            while not over.wait(0.5):
                connection.cancel_safe()

        asking = threading.Thread(target=ask)
        asking.start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("select pg_sleep(100)")
        over.set()
        asking.join()


def test_many_at_once(options):
    async def one(number):
        async with await psycopg.AsyncConnection.connect(**options) as connection:
            return (await (await connection.execute("select %s::int", (number,))).fetchone())[0]

    async def several():
        return await asyncio.gather(*(one(number) for number in range(16)))

    assert asyncio.run(several()) == list(range(16))


def _startup() -> bytes:
    body = (3 << 16).to_bytes(4, "big") + b"user\0awsuser\0database\0dev\0\0"
    return struct.pack("!i", len(body) + 4) + body


def test_what_comes_before_the_handshake_is_not_trusted(options):
    """As PostgreSQL since CVE-2021-23214: bytes that were sent along with the request are refused."""
    with socket.create_connection((options["host"], options["port"]), timeout=5) as raw:
        raw.sendall(SSL_REQUEST + _startup())
        assert b"received unencrypted data after SSL request" in raw.recv(1000)


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x00\x05hello", b"junk" * 100])
def test_broken_handshakes_hurt_nobody(options, sent):
    with socket.create_connection((options["host"], options["port"]), timeout=15) as raw:
        raw.sendall(SSL_REQUEST)
        assert raw.recv(1) == b"S"
        raw.sendall(sent)
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(1000):
            pass
    with closing(psycopg.connect(**options)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_second_request_is_declined(secure, options):
    context = ssl.create_default_context(cafile=secure.ca)
    with socket.create_connection((options["host"], options["port"]), timeout=5) as raw:
        raw.sendall(SSL_REQUEST)
        assert raw.recv(1) == b"S"
        with context.wrap_socket(raw, server_hostname="localhost") as wrapped:
            wrapped.sendall(SSL_REQUEST)
            assert wrapped.recv(1) == b"N"
            wrapped.sendall(_startup())
            assert wrapped.recv(1000).startswith(b"R")
