"""CRC-32C and CRC-64/NVME in numpy, fast enough not to slow uploads down.

A block is cut into lanes that are reduced side by side, eight bytes a step (slicing by 16 bits), and joined in pairs:
the CRC of A + B is the CRC of A pushed through len(B) zero bytes, xor the CRC of B.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]

_LARGEST_BLOCK = 1 << 22
_SMALLEST_BLOCK = 1 << 14
_MAX_LANES = 4096
_SHIFTS = (np.uint64(0), np.uint64(16), np.uint64(32), np.uint64(48))


def _look_up(tables: list[Words], state: Words) -> Words:
    """The xor of one entry a table, chosen by the 16-bit parts of each state, lowest first."""
    parts = state.view("<u2").reshape(-1, 4)
    result: Words = tables[0].take(parts[:, 0])
    for index in (1, 2, 3):
        result ^= tables[index].take(parts[:, index])
    return result


class _Polynomial:
    """The tables of one reflected polynomial of up to 64 bits."""

    def __init__(self, reflected: int) -> None:
        self.bytes = self._byte_table(reflected)
        by_byte = [np.array(self.bytes, dtype=np.uint64)]
        for _ in range(7):  # table k: a byte followed by k zero bytes
            previous = by_byte[-1]
            by_byte.append(by_byte[0][(previous & np.uint64(0xFF)).astype(np.intp)] ^ (previous >> np.uint64(8)))
        low, high = np.arange(1 << 16) & 0xFF, np.arange(1 << 16) >> 8
        self.halves = [by_byte[7 - 2 * k][low] ^ by_byte[6 - 2 * k][high] for k in range(4)]

    @staticmethod
    def _byte_table(reflected: int) -> list[int]:
        table = []
        for byte in range(256):
            value = byte
            for _ in range(8):
                value = (value >> 1) ^ (reflected if value & 1 else 0)
            table.append(value)
        return table

    def push_word(self, state: Words) -> Words:
        """Every state pushed through eight bytes, which are xor-ed in already."""
        return _look_up(self.halves, state)

    def push_zeros(self, state: Words, power: int) -> Words:
        """Every state pushed through 2**power zero bytes (at least eight)."""
        return _look_up(self._zero_tables(power), state)

    @lru_cache(maxsize=32)  # noqa: B019 - two polynomials, which live as long as the process
    def _zero_tables(self, power: int) -> list[Words]:
        if power == 3:
            return self.halves
        return [self.push_zeros(self.push_zeros(table, power - 1), power - 1) for table in self._identity()]

    @staticmethod
    def _identity() -> list[Words]:
        return [np.arange(1 << 16, dtype=np.uint64) << shift for shift in _SHIFTS]

    def block(self, state: int, data: memoryview) -> int:
        """The state after a block whose length is a power of two, at least ``_SMALLEST_BLOCK``."""
        lanes = min(_MAX_LANES, len(data) // 256)
        words = np.frombuffer(data, dtype="<u8").reshape(lanes, -1)
        crcs = np.zeros(lanes, dtype=np.uint64)
        crcs[0] = state
        for column in np.ascontiguousarray(words.T):
            crcs = self.push_word(crcs ^ column)
        power = (len(data) // lanes).bit_length() - 1
        while len(crcs) > 1:
            crcs = self.push_zeros(np.ascontiguousarray(crcs[0::2]), power) ^ crcs[1::2]
            power += 1
        return int(crcs[0])

    def tail(self, state: int, data: memoryview) -> int:
        table = self.bytes
        for byte in data:
            state = table[(state ^ byte) & 0xFF] ^ (state >> 8)
        return state


class _Crc:
    """A hasher in the form of hashlib's."""

    reflected: int
    width: int

    def __init__(self) -> None:
        self._polynomial = _polynomial(self.reflected)
        self._ones = (1 << 8 * self.width) - 1
        self._state = self._ones
        self._pending = bytearray()

    def update(self, data: bytes | memoryview, /) -> None:
        self._pending += data
        while len(self._pending) >= _LARGEST_BLOCK:
            self._take(_LARGEST_BLOCK)

    def _take(self, size: int) -> None:
        block = bytes(memoryview(self._pending)[:size])
        del self._pending[:size]
        self._state = self._polynomial.block(self._state, memoryview(block))

    def digest(self) -> bytes:
        """Ends the calculation: call it once."""
        while len(self._pending) >= _SMALLEST_BLOCK:
            self._take(1 << (len(self._pending).bit_length() - 1))
        state = self._polynomial.tail(self._state, memoryview(self._pending))
        return (state ^ self._ones).to_bytes(self.width, "big")


class Crc32C(_Crc):
    reflected = 0x82F63B78
    width = 4


class Crc64Nvme(_Crc):
    reflected = 0x9A6C9329AC4BC9B5
    width = 8


@lru_cache
def _polynomial(reflected: int) -> _Polynomial:
    return _Polynomial(reflected)
