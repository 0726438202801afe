"""Streams, permutations, domains: the same words and values everywhere, for ever."""

from __future__ import annotations

import hashlib
import math
from decimal import Context
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dw_simulator.generator import arrays, transforms
from dw_simulator.generator.choosing import ExactNulls, KeyTuples
from dw_simulator.generator.composed import Choice, Composed, Counter, Digits, Pattern
from dw_simulator.generator.domain import FloatGrid, Grid
from dw_simulator.generator.permutation import TABLE_LIMIT, Permutation
from dw_simulator.generator.spelling import Speller
from dw_simulator.generator.streams import Rows, Stream, multiply_high, philox_at

STREAM = Stream(42, "orders", "total")


def index(count: int) -> Any:
    return np.arange(count, dtype=np.uint64)


def test_words_are_those_of_the_first_release() -> None:
    assert [hex(int(word)) for word in Stream(42, "t", "c").words(0, 4)] == GOLDEN_WORDS


GOLDEN_WORDS = ["0xe0bcd5a18bffb322", "0x301b4c7be66e6045", "0x55e899b32926abfd", "0x1cd0eb0fe172e51a"]


@pytest.mark.parametrize("lo", [0, 1, 2, 3, 4, 5, 1000, 2**33 + 3])
@pytest.mark.parametrize("count", [0, 1, 3, 4, 17])
def test_words_at_any_place(lo: Any, count: Any) -> None:
    some = np.arange(lo, lo + count, dtype=np.uint64)
    assert STREAM.words(lo, count).tolist() == STREAM.words_at(some).tolist() == philox_at(STREAM.key, some).tolist()
    assert STREAM.words32(lo, count).tolist() == STREAM.words32_at(some).tolist()
    assert STREAM.words(lo, count).tolist() == [int(STREAM.words(lo + i, 1)[0]) for i in range(count)]


def test_philox_is_numpys() -> None:
    words = np.random.Philox(key=np.array([5, 6], np.uint64)).random_raw(64)
    assert philox_at((5, 6), index(64)).tolist() == words.tolist()


def test_streams_differ_by_every_part_of_their_name() -> None:
    paths = [(1, "a", "b"), (2, "a", "b"), (1, "ab", ""), (1, "a", "b", "null"), (1, "", "ab")]
    assert len({Stream(*path).key for path in paths}) == len(paths)


def test_multiply_high() -> None:
    values = [0, 1, 2**32 - 1, 2**32, 2**63, 2**64 - 1, 0x123456789ABCDEF0]
    for right in values:
        got = multiply_high(np.array(values, np.uint64), np.uint64(right))
        assert got.tolist() == [left * right >> 64 for left in values]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 100, 1000, TABLE_LIMIT, TABLE_LIMIT + 1, 100_003, 131_072, 200_000])
def test_permutation_is_a_bijection(size: Any) -> None:
    permutation = Permutation(STREAM, size)
    there = permutation.apply(index(size))
    assert np.array_equal(np.sort(there), index(size))
    assert np.array_equal(permutation.invert(there), index(size))


@pytest.mark.parametrize("size", [2**33 + 1, 10**12, 2**62 + 12345, 2**63])
def test_permutation_of_many(size: Any) -> None:
    permutation = Permutation(STREAM, size)
    some = np.linspace(0, size * 0.999, 999).astype(np.uint64)
    there = permutation.apply(some)
    assert (there < size).all()
    assert np.array_equal(permutation.invert(there), some)
    assert abs(float(there.astype(float).mean()) / size - 0.5) < 0.05


def test_permutation_looks_random() -> None:
    size = 300_000
    there = Permutation(STREAM, size).apply(index(size)).astype(float)
    assert abs(np.corrcoef(there[:-1], there[1:])[0, 1]) < 0.01
    assert abs(np.corrcoef(there, np.arange(size))[0, 1]) < 0.01
    assert (there == np.arange(size)).sum() < 10


@pytest.mark.parametrize("count", [1, 2, 3, 7, 1000, 2**20, 2**20 + 1, 2**32 - 1, 2**32, 2**33 + 5, 2**52, 2**63])
def test_uniform_index_covers_its_range(count: Any) -> None:
    values = transforms.uniform_index(Rows.range(0, 50_000), STREAM, count).astype(np.float64)
    assert values.min() >= 0
    assert values.max() < count
    assert abs(values.mean() / count - 0.5 * (1 - 1 / count)) < 0.01


@pytest.mark.parametrize("weights", [[1], [0, 1], [1, 0, 0], [1, 2, 3, 4], [1e-9, 1], [1] * 65, list(range(1, 1000))])
def test_weights(weights: Any) -> None:
    words = STREAM.words32(0, 200_000)
    counts = np.bincount(transforms.weighted(weights).choose(words), minlength=len(weights)) / len(words)
    expected = np.array(weights) / sum(weights)
    assert np.abs(counts - expected).max() < 0.005
    assert (counts[expected == 0] == 0).all()


@pytest.mark.parametrize("sizes", [[1], [3, 4], [10, 1, 7], [2**31, 2**20]])
def test_digits_are_different_tuples(sizes: Any) -> None:
    places = transforms.digits(index(min(84, math.prod(sizes))), sizes)
    rows = list(zip(*(place.tolist() for place in places), strict=True))
    assert len(set(rows)) == len(rows)
    assert all(0 <= value < size for row in rows for value, size in zip(row, sizes, strict=True))


def test_key_tuples_of_huge_domains() -> None:
    tuples = KeyTuples([2**40, 2**40, 3], None)
    tuples.order_by(Permutation(STREAM, tuples.space))
    places = tuples.digits(Rows.range(0, 5000))
    assert len(set(zip(*(place.tolist() for place in places), strict=True))) == 5000
    assert places[0].max() > 2**39


@pytest.mark.parametrize("total", [1, 10, 1000])
@pytest.mark.parametrize("share", [0, 0.3, 1])
@pytest.mark.parametrize("first", [False, True])
def test_exact_nulls(total: int, share: float, first: bool) -> None:
    count = max(round(total * share), first)
    nulls = ExactNulls(STREAM, total, count, first=first)
    rows = Rows.range(0, total)
    empty = nulls.empty(rows)
    assert empty.sum() == count
    assert empty[0] or not first
    full = np.flatnonzero(~empty)
    ordinals = nulls.ordinal(rows)[full]
    assert sorted(ordinals.tolist()) == list(range(total - count))
    assert nulls.rows_of(ordinals).tolist() == full.tolist()


@pytest.mark.parametrize(
    ("kind", "low", "high", "step"),
    [
        (pa.int16(), -(2**15), 2**15 - 1, 1),
        (pa.int64(), -(2**63), 2**63 - 1, 1),
        (pa.int64(), 2**62, 2**63 - 1, 1),
        (pa.decimal128(38, 2), -(10**38) + 1, 10**38 - 1, 1),
        (pa.decimal128(38, 0), 5, 10**30, 10**12),
        (pa.decimal64(18, 4), -(10**18) + 1, 10**18 - 1, 1),
        (pa.timestamp("us"), -(10**15), 10**15, 10**6),
    ],
)
def test_grid_ends(kind: Any, low: Any, high: Any, step: Any) -> None:
    grid = Grid.between(kind, low, high, step)
    values = grid.at(np.array([0, 1, grid.size - 1], np.uint64))
    values.validate(full=True)
    raw = values if not pa.types.is_timestamp(kind) else values.cast(pa.int64())
    scale = kind.scale if pa.types.is_decimal(kind) else 0
    first, second, last = (
        int(value.as_py().scaleb(scale, Context(prec=60))) if scale or pa.types.is_decimal(kind) else value.as_py()
        for value in raw
    )
    assert first == low
    assert second == low + grid.step
    assert low <= last <= high
    assert high - last < grid.step


def test_grid_backwards() -> None:
    assert Grid(pa.int32(), 10, 4, -5).at(index(4)).to_pylist() == [10, 5, 0, -5]
    assert [int(value) for value in Grid(pa.decimal128(30, 0), 10, 4, -5).at(index(4)).to_pylist()] == [10, 5, 0, -5]


def test_composed_texts() -> None:
    domain = Composed(Choice(["a", "bb"]), "-", Digits(8, 4, 3), Counter(2))
    assert domain.size == 16
    assert domain.at(index(16)).to_pylist()[:5] == ["a-008", "a-0082", "a-009", "a-0092", "a-010"]
    assert domain.reach().width == 7


def test_pattern() -> None:
    assert Pattern([b"AB", b"-", b"012"]).at(index(6)).to_pylist() == ["A-0", "A-1", "A-2", "B-0", "B-1", "B-2"]


def test_float_grid_ends() -> None:
    assert FloatGrid(-1.5, 2.5, 5).at(index(5)).to_pylist() == [-1.5, -0.5, 0.5, 1.5, 2.5]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([1, 2, 3], pa.int32()),
        pa.array(["a", "bb", ""], pa.string()),
        pa.array(["a", "b", "a"]).dictionary_encode(),
        pa.array([True, False, True]),
        pa.array([1, 2, 3, 4], pa.int32()).slice(1),
        pa.array([1, None, 3], pa.int32()),
    ],
)
def test_with_nulls(array: Any) -> None:
    got = arrays.with_nulls(array, np.array([False, False, True]))
    got.validate(full=True)
    assert got.to_pylist() == [*array.to_pylist()[:2], None]


def test_quantiles_use_no_numpy_transcendentals() -> None:
    """Tables come from Python's math, and sampling is exact arithmetic: a fixed sum says nothing moved."""
    sample = transforms.normal(0, 1, -math.inf, math.inf)(STREAM.words(0, 10_000))
    assert hashlib.sha256(sample.astype("<f8").tobytes()).hexdigest()[:16] == GOLDEN_NORMAL


GOLDEN_NORMAL = "c293f9d3c65af2c7"


@pytest.mark.parametrize("step", [1, 40, 2**37])
def test_words_at_places_close_and_far_apart(step: int) -> None:
    places = np.random.default_rng(1).permutation(200).astype(np.uint64) * np.uint64(step) + np.uint64(5)
    expected = [int(STREAM.words(int(place), 1)[0]) for place in places]
    assert STREAM.words_at(places).tolist() == expected


@pytest.mark.parametrize(
    "alphabets",
    [
        [b"x"],
        [b"0123456789"] * 7,
        [b"AB", b"-", b"0123456789abcdef", b"0123456789abcdef", b"0123456789abcdef", b"0123456789abcdef", b"xyz"],
        [bytes(range(32, 96))] * 9,
    ],
)
@pytest.mark.parametrize("reverse", [False, True])
def test_spelling(alphabets: list[bytes], reverse: bool) -> None:
    numbers = [0, 1, 9, 10, 12_345, 987_654_321]
    expected = []
    for number in numbers:
        letters = []
        for alphabet in alphabets if reverse else alphabets[::-1]:
            number, place = divmod(number, len(alphabet))
            letters.append(alphabet[place])
        expected.append(letters if reverse else letters[::-1])
    assert Speller(alphabets, reverse=reverse).matrix(np.array(numbers, np.uint64)).tolist() == expected


def test_composed_texts_follow_the_mixed_radix() -> None:
    """Whatever is joined beforehand: the last part moves fastest."""
    first, second = [f"a{number}" for number in range(300)], [f"{number}z" for number in range(70)]
    domain = Composed("<", Choice(first), "|", Digits(0, 1_000_000, 6), "|", Choice(second), Counter(3), ">")
    numbers = [0, 1, 209, 210, domain.size - 1, 3_141_592_653]
    expected = []
    for number in numbers:
        rest, count = divmod(number, 3)
        rest, last = divmod(rest, 70)
        start, digits = divmod(rest, 1_000_000)
        expected.append(f"<{first[start]}|{digits:06}|{second[last]}{count + 1 if count else ''}>")
    assert domain.size == 300 * 1_000_000 * 70 * 3
    assert domain.at(np.array(numbers, np.uint64)).to_pylist() == expected
    assert domain.at(np.array([], np.uint64)).to_pylist() == []


@pytest.mark.parametrize(
    ("texts", "found"), [([], False), (["a", None, "b"], False), (['say "a"'], True), (["a\\b"], True), (["\n"], True)]
)
def test_texts_that_json_must_escape(texts: list[str | None], found: bool) -> None:
    for kind in (pa.string(), pa.large_string()):
        assert arrays.needs_escapes(pa.array(texts, kind)) is found
        assert not arrays.needs_escapes(pa.array([*texts, "end"], kind)[len(texts) :])
