import asyncio
import socket

import pytest
from tests.ports import ports

from dw_simulator.stack.health import is_healthy
from dw_simulator.stack.ports import Address

HTTP_CASES = [
    (b'HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n{"status":"ok","service":"s3" }\n', True),
    (b'HTTP/1.1 200 OK\r\n\r\n{"status":"ok"}', True),
    (b'HTTP/1.1 200 OK\r\n\r\n{"status":"ok","service":"snowflake"}', False),
    (b'HTTP/1.1 200 OK\r\n\r\n{"status":"starting"}', False),
    (b'HTTP/1.1 503 Service Unavailable\r\n\r\n{"status":"ok"}', False),
    (b"HTTP/1.1 200 OK\r\n\r\nhello", False),
    (b"HTTP/1.1 200 OK\r\n\r\n[]", False),
    (b"SSH-2.0-OpenSSH\r\n", False),
    (b"", False),
]


async def _ask(service: str, answer: bytes) -> tuple[bool, bytes]:
    asked = b""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked = await reader.read(1000)
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        return await is_healthy(service, Address("127.0.0.1", port), limit=2), asked


@pytest.mark.parametrize(("answer", "healthy"), HTTP_CASES)
def test_http_services(answer, healthy):
    assert asyncio.run(_ask("s3", answer))[0] is healthy


def test_each_http_service_is_asked_at_its_path():
    assert asyncio.run(_ask("snowflake", b""))[1].startswith(b"GET /_dw/health HTTP/1.1\r\n")
    assert asyncio.run(_ask("api", b""))[1].startswith(b"GET /health HTTP/1.1\r\n")


@pytest.mark.parametrize(("answer", "healthy"), [(b"S", True), (b"N", True), (b"E", False), (b"", False)])
def test_redshift_is_asked_for_tls(answer, healthy):
    found, asked = asyncio.run(_ask("redshift", answer))
    assert found is healthy
    assert asked == bytes.fromhex("0000000804d2162f")


def test_nobody_there_is_not_healthy():
    address = Address("127.0.0.1", ports())
    assert asyncio.run(is_healthy("s3", address, limit=1)) is False


def test_a_service_that_does_not_answer_in_time_is_not_healthy():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = Address("127.0.0.1", silent.getsockname()[1])
        assert asyncio.run(is_healthy("redshift", address, limit=0.05)) is False
