"""BINARY: random bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dw_simulator.generator import arrays
from dw_simulator.generator.domain import LARGEST, Domain, Reach, Unweighted
from dw_simulator.generator.registry import Request, family
from dw_simulator.generator.streams import Stream, philox_at
from dw_simulator.generator.transforms import AnyInt
from dw_simulator.schema.model import DataType

_USUAL = 16


@family(DataType.BINARY)
def binary(request: Request) -> Domain:
    """Up to 16 random bytes."""
    return RandomBytes(min(request.limit, _USUAL), request.stream("bytes"))


class RandomBytes(Unweighted):
    """Number i as its own lowest bytes, followed by a hash of i."""

    type = pa.binary()

    def __init__(self, width: int, stream: Stream) -> None:
        self._width, self._key = width, stream.key
        self.size = min(1 << (8 * width), LARGEST)

    def at(self, index: AnyInt) -> pa.Array:
        number = index.astype(np.uint64)
        pieces = [number.astype(">u8").view(np.uint8).reshape(-1, 8)]
        pieces[0] = pieces[0][:, max(0, 8 - self._width) :]
        if self._width > 8:
            pieces.append(philox_at(self._key, number).astype("<u8").view(np.uint8).reshape(-1, 8))
        return arrays.binary_matrix(np.concatenate(pieces, axis=1)[:, : self._width])

    def reach(self) -> Reach:
        return Reach(width=self._width)
