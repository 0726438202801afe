"""Cuts byte streams into messages.

`Frontend` yields whole messages of a client. `BackendScanner` yields, of a server's stream, only the messages that need
attention; everything else (above all DataRow) comes out as the bytes that came in, to be spliced to the client.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from dw_simulator.emulators.redshift.protocol.messages import ProtocolError

_LENGTH = struct.Struct("!i").unpack_from

MAX_STARTUP = 10_000
MAX_MESSAGE = 0x3FFF_FFFF
"""As PostgreSQL: a message is at most 1 GB."""

FRONTEND_KINDS = frozenset(b"QPBDECSHXdcfpF")


@dataclass(slots=True)
class Message:
    """``kind`` is the type byte's value, ``raw`` the whole message with its header.

    Not frozen, though nobody changes one: each statement makes several, and freezing doubles what that takes.
    """

    kind: int
    raw: bytes

    @property
    def body(self) -> bytes:
        return self.raw[5:]


class Frontend:
    """Cuts what a client sends. ``started`` is set by the caller once the start-up messages (no type byte) are over."""

    def __init__(self) -> None:
        self._buffer = b""
        self.started = False

    def feed(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data

    def is_message(self, data: bytes) -> bool:
        """Whether ``data``, which has not been fed, is one whole message."""
        size = len(data)
        return size >= 5 and not self._buffer and _LENGTH(data, 1)[0] == size - 1 and data[0] in FRONTEND_KINDS

    @property
    def pending(self) -> bytes:
        """What has come and is not a whole message yet, or was not asked for."""
        return self._buffer

    def take_pending(self) -> bytes:
        """As :attr:`pending`, and forgets it."""
        taken, self._buffer = self._buffer, b""
        return taken

    def next_startup(self) -> bytes | None:
        """The next start-up message without its length; None when it has not all come yet."""
        if len(self._buffer) < 4:
            return None
        (length,) = _LENGTH(self._buffer)
        if not 8 <= length <= MAX_STARTUP:
            raise ProtocolError("invalid length of startup packet")
        if len(self._buffer) < length:
            return None
        message, self._buffer = self._buffer[4:length], self._buffer[length:]
        return message

    def messages(self) -> list[Message]:
        """All messages that are complete."""
        buffer, position, end = self._buffer, 0, len(self._buffer)
        found = []
        while end - position >= 5:
            (length,) = _LENGTH(buffer, position + 1)
            kind = buffer[position]
            if kind not in FRONTEND_KINDS or not 4 <= length <= MAX_MESSAGE:
                raise ProtocolError(f"invalid frontend message type {kind}")
            if end - position <= length:
                break
            found.append(Message(kind, buffer[position : position + length + 1]))
            position += length + 1
        if position:
            self._buffer = buffer[position:]
        return found


_DATA_ROW = ord("D")
_COPY_DATA = ord("d")
SPLICED = frozenset(b"Dd")
"""Kinds that pass as bytes: DataRow and CopyData."""


_MANY = 1 << 16
"""Bytes of CopyData from which on it pays to look at all at once."""
_RUN = 64
_LONGEST_RUN = 4096
_STRETCH = 256


def _rows_alike(data: bytes, position: int, length: int, run: int) -> bool:
    """Whether ``run`` messages from here on are there and have the header of this one, ``length`` bytes apart."""
    stop = position + run * length
    if stop > len(data):
        return False
    # The length's last byte first: it is the one that differs.
    return all(data[byte:stop:length].count(data[byte]) == run for byte in range(position + 4, position - 1, -1))


def _skip_rows(data: bytes, position: int, last_header: int) -> int:
    """Where the DataRows end that begin at ``position``, or the first of them whose header is not all there.

    The hot loop of every large result: rows of one length are skipped in runs, the longer the more of them come.
    """
    run = _RUN
    while position <= last_header and data[position] == _DATA_ROW:
        length = _LENGTH(data, position + 1)[0] + 1
        if _rows_alike(data, position, length, run):
            position += run * length
            run = min(2 * run, _LONGEST_RUN)
        elif run > _RUN:
            run = max(run // 4, _RUN)
        else:
            # Rows of several lengths: go one by one for a while.
            position += length
            stretch = min(last_header, position + _STRETCH * length)
            while position <= stretch and data[position] == _DATA_ROW:
                position += _LENGTH(data, position + 1)[0] + 1
    return position


class BackendScanner:
    """Cuts what a server sends into attention messages and runs of bytes to splice.

    ``whole_rows`` makes DataRow and CopyData come out as messages too (to read or to change them); it may be switched
    while `feed` is being iterated, and takes effect from the next message on.
    """

    def __init__(self) -> None:
        self._held = b""
        self._skip = 0
        self.whole_rows = False

    @property
    def at_start(self) -> bool:
        """Whether the next byte begins a message."""
        return not self._held and not self._skip

    def feed(self, data: bytes) -> Iterator[Message | bytes]:
        """What ``data`` completes. Iterate to the end before the next call."""
        if self._skip >= len(data):
            self._skip -= len(data)
            yield data
            return
        position, self._skip = self._skip, 0
        if self._held:
            data, self._held = self._held + data, b""
        start, end = 0, len(data)
        last_header = end - 5
        while position <= last_header:
            if not self.whole_rows:
                position = _skip_rows(data, position, last_header)
                while position <= last_header and data[position] == _COPY_DATA:
                    position += _LENGTH(data, position + 1)[0] + 1
                if position > last_header:
                    break
            kind = data[position]
            after = position + _LENGTH(data, position + 1)[0] + 1
            if kind in SPLICED and not self.whole_rows:
                position = after
                continue
            if after > end:
                break
            if position > start:
                yield data[start:position]
            yield Message(kind, data[position:after])
            start = position = after
        if position > end:
            self._skip = position - end
            position = end
        if position < end:
            self._held = data[position:]
        if position > start:
            yield data if position - start == len(data) else data[start:position]


def copy_payloads(framed: bytes) -> tuple[bytes, bytes]:
    """The payloads of complete CopyData messages, joined, and the bytes of the last, incomplete one."""
    found = _all_payloads(framed) if len(framed) > _MANY else None
    return found or _walk_payloads(framed)


def _walk_payloads(framed: bytes) -> tuple[bytes, bytes]:
    payloads = []
    position, last_header = 0, len(framed) - 5
    while position <= last_header:
        after = position + _LENGTH(framed, position + 1)[0] + 1
        if after > len(framed):
            break
        payloads.append(framed[position + 5 : after])
        position = after
    return b"".join(payloads), framed[position:]


def _all_payloads(framed: bytes) -> tuple[bytes, bytes] | None:
    """As `copy_payloads`, all headers at once; None when something else looks like a header, or one is unusual."""
    # Only here: who unloads rows has loaded it anyway.
    import numpy as np

    data = np.frombuffer(framed, np.uint8)
    starts = np.flatnonzero(data[:-4] == _COPY_DATA)
    starts = starts[(data[starts + 1] == 0) & (data[starts + 2] == 0)]
    after = starts + (data[starts + 3].astype(np.int64) << 8) + data[starts + 4] + 1
    if not starts.size or starts[0] or (after[:-1] != starts[1:]).any():
        return None
    end = int(after[-1])
    if end > len(framed):
        end, starts = int(starts[-1]), starts[:-1]
    keep = np.ones(end, np.bool_)
    for byte in range(5):
        keep[starts + byte] = False
    return data[:end][keep].tobytes(), framed[end:]
