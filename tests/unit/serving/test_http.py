"""The head of a response travels with its body."""

from __future__ import annotations

import asyncio

import pytest

from dw_simulator.serving.http import COPIED_BYTES, HeadWithBody

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


class Transport:
    def __init__(self) -> None:
        self.sent: list[object] = []
        self.closing = False

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def writelines(self, pieces: tuple[bytes, ...]) -> None:
        self.sent.append(tuple(pieces))

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True
        self.sent.append("closed")


LARGE = b"x" * COPIED_BYTES


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ([HEAD, b"ok"], [HEAD + b"ok"]),
        ([HEAD, LARGE], [(HEAD, LARGE)]),
        ([HEAD], [HEAD]),
        ([HEAD, b"o", b"k"], [HEAD + b"o", b"k"]),
        ([HEAD, b"ok", HEAD, b"ok"], [HEAD + b"ok", HEAD + b"ok"]),
    ],
    ids=["body", "large body", "no body", "pieces", "two responses"],
)
def test_what_is_sent(written, sent):
    async def send() -> list[object]:
        transport = Transport()
        joined = HeadWithBody(transport)
        for data in written:
            joined.write(data)
        await asyncio.sleep(0)
        return transport.sent

    assert asyncio.run(send()) == sent


def test_a_head_is_sent_before_the_end_and_never_after():
    async def send() -> tuple[list[object], list[object]]:
        ended, gone = Transport(), Transport()
        joined = HeadWithBody(ended)
        joined.write(HEAD)
        joined.close()
        lost = HeadWithBody(gone)
        lost.write(HEAD)
        gone.closing = True
        await asyncio.sleep(0)
        return ended.sent, gone.sent

    assert asyncio.run(send()) == ([HEAD, "closed"], [])


def test_the_rest_is_the_transports_own():
    assert HeadWithBody(Transport()).is_closing() is False
