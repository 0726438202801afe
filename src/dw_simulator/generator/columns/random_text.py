"""Hashes, tokens and UUIDs: texts that look random all along."""

from __future__ import annotations

import string
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dw_simulator.generator import arrays
from dw_simulator.generator.columns.common import DIGITS, HEX, type_text
from dw_simulator.generator.domain import LARGEST, Domain, Reach, Unweighted
from dw_simulator.generator.permutation import Permutation
from dw_simulator.generator.registry import Request, RuleProblem, rule
from dw_simulator.generator.spelling import Speller
from dw_simulator.generator.streams import U64, Stream
from dw_simulator.generator.transforms import AnyInt

_FACTORS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def hashed(number: U64, salt: int) -> U64:
    """A well mixed 64-bit hash of each number (the finaliser of SplitMix64)."""
    out = number ^ np.uint64(salt)
    for shift, factor in zip((30, 27), _FACTORS, strict=True):
        out ^= out >> np.uint64(shift)
        out *= factor
    out ^= out >> np.uint64(31)
    return out


@lru_cache(maxsize=8)
def _of_byte_pairs(alphabet: bytes) -> NDArray[np.uint16]:
    """For every two bytes the two letters that they fall on, each in its place in memory."""
    pairs = np.arange(1 << 16, dtype=np.uint16).view(np.uint8)
    place = (pairs.astype(np.uint16) * np.uint16(len(alphabet))) >> np.uint16(8)
    letters: NDArray[np.uint8] = np.frombuffer(alphabet, np.uint8)[place]
    return letters.view(np.uint16)


class ScatteredText(Unweighted):
    """``width`` characters of an alphabet: some spell the number (permuted), the others are a hash of it."""

    type = pa.string()

    def __init__(self, alphabet: bytes, width: int, stream: Stream) -> None:
        self._width = width
        self._spelled = min(width, int(62 / np.log2(len(alphabet))))
        self.size = min(len(alphabet) ** self._spelled, LARGEST)
        self._order = Permutation(stream, self.size)
        self._salts = stream.integers(width // 8 + 1)
        self._speller = Speller([alphabet] * self._spelled, reverse=True)
        self._pairs = _of_byte_pairs(alphabet)

    def at(self, index: AnyInt) -> pa.Array:
        number = index.astype(np.uint64)
        out = np.empty((len(number), self._width), np.uint8)
        self._speller.write(out[:, : self._spelled], self._order.apply(number))
        for start in range(self._spelled, self._width, 8):
            block = hashed(number, self._salts[start // 8]).astype("<u8", copy=False).view(np.uint16).reshape(-1, 4)
            letters = self._pairs.take(block.astype(np.intp), mode="clip").view(np.uint8)
            out[:, start : start + 8] = letters[:, : self._width - start]
        return arrays.text_matrix(out)

    def reach(self) -> Reach:
        return Reach(width=self._width)


@rule("hash", "sha256", "sha1", "md5")
def hash_text(request: Request) -> Domain:
    """Hexadecimal digits: 64, 40 or 32, whatever the column is long enough for"""
    width = next((size for size in (64, 40, 32) if size <= request.limit), request.limit)
    return ScatteredText(HEX, width, request.stream("text"))


@rule("token", "password")
def token(request: Request) -> Domain:
    """Up to 24 letters and digits"""
    return ScatteredText(string.ascii_letters.encode() + DIGITS, min(24, request.limit), request.stream("text"))


_UUID_BITS = 60
_DASHES = (8, 13, 18, 23)
_PAIRS = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint16)
"""The two hexadecimal digits of each byte."""


class Uuids(Unweighted):
    """Version 4 UUIDs (RFC 9562): 60 bits are the permuted number, 62 bits a hash of it."""

    type = pa.string()
    size = 1 << _UUID_BITS

    def __init__(self, stream: Stream) -> None:
        self._order = Permutation(stream, self.size)
        self._salt = stream.integers(1)[0]

    def at(self, index: AnyInt) -> pa.Array:
        number = index.astype(np.uint64)
        first = self._order.apply(number)
        upper = ((first >> np.uint64(12)) << np.uint64(16)) | np.uint64(0x4000) | (first & np.uint64(0xFFF))
        lower = (hashed(number, self._salt) >> np.uint64(2)) | np.uint64(1 << 63)
        raw = np.stack([upper, lower], axis=1).astype(">u8").view(np.uint8).reshape(-1, 16)
        digits = _PAIRS.take(raw.astype(np.intp), mode="clip").view(np.uint8)
        out = np.empty((len(number), 36), np.uint8)
        out[:, _DASHES] = ord("-")
        for target, source in ((0, 0), (9, 8), (14, 12), (19, 16), (24, 20)):
            width = {0: 8, 24: 12}.get(target, 4)
            out[:, target : target + width] = digits[:, source : source + width]
        return arrays.text_matrix(out)

    def reach(self) -> Reach:
        return Reach(width=36)


@rule("uuid", "uuid4", "guid")
def uuid(request: Request) -> Domain:
    """UUIDs (version 4)"""
    if request.limit < 36:
        if request.column.faker_rule:
            raise RuleProblem(
                f"its values are 36 bytes long, but {type_text(request)} holds {request.limit}",
                "widen the column to 36",
            )
        return ScatteredText(HEX, request.limit, request.stream("text"))
    return Uuids(request.stream("text"))
