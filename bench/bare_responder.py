"""An HTTP server that computes nothing: what is left of a measurement against it is the client's own time.

    python bare_responder.py PORT

``PUT path`` says what ``POST path`` answers from then on, whatever the body; other requests get an empty success.
"""

from __future__ import annotations

import asyncio
import sys

EMPTY = b'{"data":null,"code":null,"message":null,"success":true}'
_answers: dict[bytes, bytes] = {}


class Responder(asyncio.Protocol):
    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        _, named, length = head.lower().partition(b"content-length:")
        size = int(length.split(b"\r\n", 1)[0]) if named else 0
        if len(rest) < size:
            return
        self._received = rest[size:]
        method, target, _ = head.split(b" ", 2)
        path = target.partition(b"?")[0]
        if method == b"PUT":
            _answers[path] = rest[:size]
        body = _answers.get(path, EMPTY)
        self._transport.write(  # type: ignore[attr-defined]
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
        )


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Responder, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
