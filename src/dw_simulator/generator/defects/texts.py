"""Defects of texts: spaces, case, encodings, ends that are cut off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator import arrays
from dw_simulator.generator.defects.cells import Cells, Change, Target, kind, pick, select
from dw_simulator.schema.defects import CaseDefect, EncodingDefect, TruncateDefect, WhitespaceDefect

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_VOWEL = "[aeiouyAEIOUY]"


def fitting(old: pa.Array, new: pa.Array, limit: int) -> pa.Array:
    """``new`` where it is no longer than ``limit`` bytes, ``old`` where it is."""
    return pc.if_else(pc.less_equal(pc.binary_length(new), limit), new, old)


@kind("whitespace")
def whitespace(_: WhitespaceDefect, target: Target) -> Change:
    def change(cells: Cells) -> pa.Array:
        old = cells.values
        doubled = pc.replace_substring(old, " ", "  ", max_replacements=1)
        around = [arrays.join(" ", old), arrays.join(old, " "), arrays.join(old, "\t")]
        inner = pc.if_else(pc.equal(doubled, old), arrays.join(old, "  "), doubled)
        return fitting(old, select(pick(cells.words, 4), [*around, inner]), target.limit)

    return change


@kind("case")
def case(_: CaseDefect, target: Target) -> Change:
    def change(cells: Cells) -> pa.Array:
        old = cells.values
        variants = [pc.utf8_upper(old), pc.utf8_lower(old), pc.utf8_swapcase(old)]
        first = pick(cells.words, 3)
        return fitting(old, _first_other(old, variants, first), target.limit)

    return change


def _first_other(old: pa.Array, variants: Sequence[pa.Array], first: np.ndarray) -> pa.Array:
    """Of each row, the first variant from ``first`` on that differs from ``old``."""
    found = old
    for turn in reversed(range(len(variants))):
        candidate = select((first + turn) % len(variants), list(variants))
        found = pc.if_else(pc.equal(candidate, old), found, candidate)
    return found


@kind("encoding")
def encoding(_: EncodingDefect, target: Target) -> Change:
    def change(cells: Cells) -> pa.Array:
        old = cells.values
        lost = pc.replace_substring_regex(old, _VOWEL, _REPLACEMENT, max_replacements=1)
        return fitting(old, pc.if_else(pc.string_is_ascii(old), lost, read_as_latin_1(old)), target.limit)

    return change


def read_as_latin_1(texts: pa.Array) -> pa.Array:
    """The UTF-8 of each text, each byte taken for a character. Texts without NULLs."""
    texts = pa.concat_arrays([texts])
    _, offset_buffer, data = texts.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32, len(texts) + 1)
    source = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    source = source[: offsets[-1]]
    wide = source >= 0x80
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(1 + wide)])
    out = np.empty(int(before[-1]), np.uint8)
    places = before[:-1]
    out[places[~wide]] = source[~wide]
    out[places[wide]] = np.where(source[wide] >= 0xC0, 0xC3, 0xC2)
    out[places[wide] + 1] = source[wide] & 0xBF
    moved = before[offsets].astype(np.int32)
    return pa.Array.from_buffers(pa.string(), len(texts), [None, pa.py_buffer(moved), pa.py_buffer(out)])


@kind("truncate")
def truncate(defect: TruncateDefect, _: Target) -> Change:
    def change(cells: Cells) -> pa.Array:
        if defect.length is not None:
            return pc.utf8_slice_codeunits(cells.values, 0, defect.length)
        return _halves(cells.values)

    return change


def _halves(texts: pa.Array) -> pa.Array:
    """The first half of each text, rounded up."""
    kept = (pc.utf8_length(texts).to_numpy(zero_copy_only=False) + 1) // 2
    parts, places = [pa.array([], pa.string())], [np.zeros(0, np.int64)]
    for length in np.unique(kept):
        rows = np.flatnonzero(kept == length)
        parts.append(pc.utf8_slice_codeunits(texts.take(pa.array(rows)), 0, int(length)))
        places.append(rows)
    back = np.argsort(np.concatenate(places), kind="stable")
    return pa.concat_arrays(parts).take(pa.array(back))
