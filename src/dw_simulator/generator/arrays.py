"""numpy -> Arrow without copies, and the few array shapes that every column family needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dw_simulator.generator.streams import I64, U64
from dw_simulator.generator.transforms import AnyInt

Mask = NDArray[np.bool_]


def fixed(values: NDArray[Any], kind: pa.DataType) -> pa.Array:
    """Fixed-width values whose bytes are those of ``kind`` already (int64 for timestamps, int32 for dates, …)."""
    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def bits(mask: Mask) -> pa.Buffer:
    return pa.py_buffer(np.packbits(mask, bitorder="little"))


def booleans(mask: Mask) -> pa.Array:
    return pa.Array.from_buffers(pa.bool_(), len(mask), [None, bits(mask)])


def decimal128(low: U64, high: I64, kind: pa.DataType) -> pa.Array:
    """Unscaled 128-bit values from their halves."""
    pairs = np.empty((len(low), 2), np.uint64)
    pairs[:, 0] = low
    pairs[:, 1] = high.view(np.uint64)
    return pa.Array.from_buffers(kind, len(low), [None, pa.py_buffer(pairs)])


def text_matrix(matrix: NDArray[np.uint8]) -> pa.Array:
    """One text of equal length a row of an (n, width) array of bytes."""
    return _rows_of_bytes(matrix, pa.string())


def binary_matrix(matrix: NDArray[np.uint8]) -> pa.Array:
    return _rows_of_bytes(matrix, pa.binary())


def _rows_of_bytes(matrix: NDArray[np.uint8], kind: pa.DataType) -> pa.Array:
    count, width = matrix.shape
    if count * width > np.iinfo(np.int32).max:
        raise ValueError(f"{count} values of {width} bytes are too many for one batch; use smaller batches")
    offsets = np.arange(0, count * width + 1, width, dtype=np.int32) if width else np.zeros(count + 1, np.int32)
    data = pa.py_buffer(np.ascontiguousarray(matrix))
    return pa.Array.from_buffers(kind, count, [None, pa.py_buffer(offsets), data])


def dictionary(index: AnyInt, pool: pa.Array) -> pa.Array:
    """Value ``pool[i]`` for every i."""
    return pa.DictionaryArray.from_arrays(fixed(index.astype(np.int32, copy=False), pa.int32()), pool, safe=False)


def take(pool: pa.Array, index: AnyInt) -> pa.Array:
    return pc.take(pool, fixed(index.astype(np.int32, copy=False), pa.int32()), boundscheck=False)


def join(*parts: Any) -> pa.Array:
    """Concatenates texts row by row; a part is a text array or one text for all rows."""
    return pc.binary_join_element_wise(*parts, "")


def needs_escapes(texts: pa.Array) -> bool:
    """Whether any of the texts has a character that JSON does not take as it is: a quote, backslash or control."""
    _, offsets, data = texts.buffers()
    if not len(texts) or data is None:
        return False
    kind = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    ends = np.frombuffer(offsets, kind)[[texts.offset, texts.offset + len(texts)]]
    letters = np.frombuffer(data, np.uint8)[ends[0] : ends[1]]
    return bool((letters < 0x20).any() or (letters == ord('"')).any() or (letters == ord("\\")).any())


def plain(array: pa.Array) -> pa.Array:
    """A dictionary array as the array of its values."""
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def plain_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def with_nulls(array: pa.Array, empty: Mask) -> pa.Array:
    """``array`` with NULL where ``empty`` is true (and where it was NULL before)."""
    if array.null_count:
        empty = empty | array.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_dictionary(array.type):
        return pa.DictionaryArray.from_arrays(with_nulls(array.indices, empty), array.dictionary, safe=False)
    if array.offset:
        array = pa.concat_arrays([array])
    return pa.Array.from_buffers(array.type, len(array), [bits(~empty), *array.buffers()[1:]])
