"""Regular expressions as numbered sets of texts: a pattern becomes a deterministic automaton over bytes, so that every
text it matches has one number, whatever the pattern's ambiguities, and different numbers give different texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from dw_simulator.generator.domain import Reach, Unweighted
from dw_simulator.generator.transforms import AnyInt

MOST_MORE = 8
"""Repetitions beyond the fewest that ``*``, ``+`` and ``{n,}`` stand for."""
MOST_STATES = 2000
_MOST_CELLS = 2_000_000
_LIMIT = 1 << 62
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_DIGITS, _SPACE = "0123456789", " "
_WORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r"}

Draw = Callable[[int], int]
"""Draw(n) is a random number in [0, n)."""


class PatternError(ValueError):
    """A regular expression that cannot be read or used."""


# --- the tree -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Chars:
    """One of these characters."""

    chars: str


@dataclass(frozen=True)
class InOrder:
    parts: tuple[Tree, ...]


@dataclass(frozen=True)
class Either:
    choices: tuple[Tree, ...]


@dataclass(frozen=True)
class Repeat:
    part: Tree
    least: int
    most: int


Tree = Chars | InOrder | Either | Repeat


@lru_cache(maxsize=256)
def parse(text: str) -> Tree:
    """Read a pattern: characters, ``.``, ``[a-z]``, ``[^a-z]``, ``\\d \\w \\s``, groups, ``|``, ``* + ? {m,n}``; ``^``
    and ``$`` may stand at the ends.

    Raises:
        PatternError: with the place of what is wrong.
    """
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        body = text.removeprefix("^")
        if body.endswith("$") and not body.endswith("\\$"):
            body = body[:-1]
        self._text, self._place, self._shift = body, 0, len(text) - len(text.removeprefix("^"))
        self._depth = 0

    def whole(self) -> Tree:
        tree = self._either()
        if self._place < len(self._text):
            raise self._error("')' without '('")
        return tree

    def _error(self, message: str) -> PatternError:
        return PatternError(f"{message} at character {self._place + self._shift + 1}")

    def _peek(self) -> str:
        return self._text[self._place : self._place + 1]

    def _take(self) -> str:
        found = self._peek()
        if not found:
            raise self._error("the pattern ends too early")
        self._place += 1
        return found

    def _either(self) -> Tree:
        self._depth += 1
        if self._depth > 50:
            raise self._error("groups are nested more than 50 deep")
        choices = [self._sequence()]
        while self._peek() == "|":
            self._take()
            choices.append(self._sequence())
        self._depth -= 1
        return choices[0] if len(choices) == 1 else Either(tuple(choices))

    def _sequence(self) -> Tree:
        parts: list[Tree] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repeated(self._one()))
        return parts[0] if len(parts) == 1 else InOrder(tuple(parts))

    def _one(self) -> Tree:
        found = self._take()
        if found == "(":
            return self._group()
        if found == "[":
            return self._class()
        if found == ".":
            return Chars(_PRINTABLE)
        if found == "\\":
            return Chars(self._escaped())
        if found in "*+?{":
            self._place -= 1
            raise self._error(f"{found!r} repeats nothing")
        if found in "^$":
            self._place -= 1
            raise self._error(f"{found!r} is possible at the ends only; write \\{found} for the character")
        return Chars(found)

    def _group(self) -> Tree:
        if self._peek() == "?":
            self._take()
            if self._take() != ":":
                raise self._error("only groups (…) and (?:…) are possible")
        tree = self._either()
        if self._peek() != ")":
            raise self._error("')' is missing")
        self._take()
        return tree

    def _escaped(self) -> str:
        found = self._take()
        if found.lower() in _CLASSES:
            chars = _CLASSES[found.lower()]
            return chars if found.islower() else "".join(c for c in _PRINTABLE if c not in chars)
        if found in _CONTROLS:
            return _CONTROLS[found]
        if found.isalnum():
            self._place -= 1
            raise self._error(f"\\{found} is not possible; \\d \\w \\s and their opposites are")
        return found

    def _class(self) -> Tree:
        negated = self._peek() == "^"
        if negated:
            self._take()
        chars: list[str] = []
        first = True
        while self._peek() != "]" or first:
            first = False
            low = self._take()
            some = self._escaped() if low == "\\" else low
            if self._peek() == "-" and self._text[self._place + 1 : self._place + 2] not in ("]", ""):
                self._take()
                high = self._take()
                high = self._escaped() if high == "\\" else high
                if len(some) > 1 or len(high) > 1 or high < some:
                    raise self._error(f"the range {some}-{high} is empty")
                some = "".join(map(chr, range(ord(some), ord(high) + 1)))
            chars.append(some)
        self._take()
        found = "".join(dict.fromkeys("".join(chars)))
        if negated:
            found = "".join(c for c in _PRINTABLE if c not in found)
        if not found:
            raise self._error("the class has no character")
        return Chars(found)

    def _repeated(self, part: Tree) -> Tree:
        if self._peek() not in ("*", "+", "?", "{"):
            return part
        least, most = self._counts(self._take())
        if most < least:
            raise self._error(f"{{{least},{most}}} is empty")
        if most > 1000:
            raise self._error("more than 1000 repetitions")
        if self._peek() in ("*", "+", "?", "{"):
            raise self._error("a repetition of a repetition wants a group; lazy and possessive make no difference here")
        return Repeat(part, least, most)

    def _counts(self, sign: str) -> tuple[int, int]:
        if sign != "{":
            return {"*": (0, MOST_MORE), "+": (1, MOST_MORE), "?": (0, 1)}[sign]
        end = self._text.find("}", self._place)
        inner = self._text[self._place : end] if end >= 0 else ""
        low, comma, high = inner.partition(",")
        if not low.strip().isdigit() or (comma and high.strip() and not high.strip().isdigit()):
            raise self._error("a repetition is written {2}, {2,} or {2,5}; write \\{ for the character")
        self._place = end + 1
        least = int(low)
        if not comma:
            return least, least
        return least, int(high) if high.strip() else least + MOST_MORE


def longest(tree: Tree) -> int:
    """Bytes of the longest text."""
    if isinstance(tree, Chars):
        return max(len(char.encode()) for char in tree.chars)
    if isinstance(tree, InOrder):
        return sum(longest(part) for part in tree.parts)
    if isinstance(tree, Either):
        return max(longest(choice) for choice in tree.choices)
    return longest(tree.part) * tree.most


def sample(tree: Tree, draw: Draw) -> str:
    """A text: each choice, character and number of repetitions equally likely."""
    if isinstance(tree, Chars):
        return tree.chars[draw(len(tree.chars))]
    if isinstance(tree, InOrder):
        return "".join(sample(part, draw) for part in tree.parts)
    if isinstance(tree, Either):
        return sample(tree.choices[draw(len(tree.choices))], draw)
    return "".join(sample(tree.part, draw) for _ in range(tree.least + draw(tree.most - tree.least + 1)))


# --- the automaton ------------------------------------------------------------------------------------------
class _Graph:
    """States with transitions on bytes and on nothing (Thompson's construction)."""

    def __init__(self) -> None:
        self.on_byte: list[dict[int, set[int]]] = []
        self.on_nothing: list[set[int]] = []

    def state(self) -> int:
        if len(self.on_byte) > 20 * MOST_STATES:
            raise PatternError("the pattern is too large; use fewer repetitions")
        self.on_byte.append({})
        self.on_nothing.append(set())
        return len(self.on_byte) - 1

    def add(self, tree: Tree, start: int) -> int:
        """Append ``tree`` after a state; the state where it ends."""
        if isinstance(tree, Chars):
            return self._chars(tree.chars, start)
        if isinstance(tree, InOrder):
            for part in tree.parts:
                start = self.add(part, start)
            return start
        if isinstance(tree, Either):
            ends = [self.add(choice, self._after(start)) for choice in tree.choices]
            end = self.state()
            for one in ends:
                self.on_nothing[one].add(end)
            return end
        return self._repeat(tree, start)

    def _after(self, start: int) -> int:
        state = self.state()
        self.on_nothing[start].add(state)
        return state

    def _repeat(self, tree: Repeat, start: int) -> int:
        for _ in range(tree.least):
            start = self.add(tree.part, start)
        skips = [start]
        for _ in range(tree.most - tree.least):
            start = self.add(tree.part, self._after(start))
            skips.append(start)
        end = self.state()
        for state in skips:
            self.on_nothing[state].add(end)
        return end

    def _chars(self, chars: str, start: int) -> int:
        end = self.state()
        for char in chars:
            raw, place = char.encode(), start
            for byte in raw[:-1]:
                following = self.state()
                self.on_byte[place].setdefault(byte, set()).add(following)
                place = following
            self.on_byte[place].setdefault(raw[-1], set()).add(end)
        return end

    def reach(self, states: set[int]) -> frozenset[int]:
        """These states and those that follow on nothing."""
        found, open_ = set(), list(states)
        while open_:
            state = open_.pop()
            if state not in found:
                found.add(state)
                open_ += self.on_nothing[state]
        return frozenset(found)


@dataclass(frozen=True)
class Automaton:
    """``steps[s]`` are (bytes that lead there, state); ``final[s]``: a text may end in state s. It begins in 0."""

    steps: tuple[tuple[tuple[bytes, int], ...], ...]
    final: tuple[bool, ...]


def automaton(tree: Tree) -> Automaton:
    """The deterministic automaton of a pattern (subset construction).

    Raises:
        PatternError: it has more than ``MOST_STATES`` states.
    """
    graph = _Graph()
    start = graph.state()
    end = graph.add(tree, start)
    first = graph.reach({start})
    number, order = {first: 0}, [first]
    steps: list[tuple[tuple[bytes, int], ...]] = []
    for states in order:
        by_byte: dict[int, set[int]] = {}
        for state in states:
            for byte, targets in graph.on_byte[state].items():
                by_byte.setdefault(byte, set()).update(targets)
        by_target: dict[int, list[int]] = {}
        for byte in sorted(by_byte):
            target = graph.reach(by_byte[byte])
            if target not in number:
                if len(number) >= MOST_STATES:
                    raise PatternError("the pattern is too large; use fewer repetitions")
                number[target] = len(order)
                order.append(target)
            by_target.setdefault(number[target], []).append(byte)
        steps.append(tuple((bytes(some), target) for target, some in by_target.items()))
    final = [end in states for states in order]
    final[0] = False  # no empty text
    return Automaton(tuple(steps), tuple(final))


# --- numbers to texts --------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Fork:
    """The ways on from a state with so many bytes left: (bytes, next state), without bytes where the text ends. Way b
    begins at number ``starts[b]``; its numbers are spread over those of its next state, ``strides[b]`` apart."""

    starts: AnyInt
    ways: tuple[tuple[bytes, int], ...]
    strides: tuple[int, ...]


class Matches(Unweighted):
    """The texts of up to ``limit`` bytes that a pattern matches, numbered; at most 2**62 of them."""

    type = pa.string()

    def __init__(self, pattern: Automaton, limit: int) -> None:
        if len(pattern.final) * (limit + 1) > _MOST_CELLS:
            raise PatternError("the pattern is too large; use fewer repetitions")
        self._pattern, self._width = pattern, limit
        self._counts = self._count()
        self.size = min(self._counts[limit][0], _LIMIT)
        self._forks: dict[tuple[int, int], _Fork] = {}

    def _count(self) -> list[list[int]]:
        """For each number of bytes left: how many ways each state has to end."""
        counts = [[int(final) for final in self._pattern.final]]
        for _ in range(self._width):
            before = counts[-1]
            counts.append(
                [
                    int(final) + sum(len(some) * before[target] for some, target in steps)
                    for final, steps in zip(self._pattern.final, self._pattern.steps, strict=True)
                ]
            )
        return counts

    def _fork(self, state: int, left: int) -> _Fork:
        found = self._forks.get((state, left))
        if found is None:
            found = self._forks[state, left] = self._make_fork(state, left)
        return found

    def _make_fork(self, state: int, left: int) -> _Fork:
        total = self._counts[left][state]
        kept = min(total, _LIMIT)
        ways: list[tuple[bytes, int]] = [(b"", -1)] if self._pattern.final[state] else []
        sizes = [1] * len(ways)
        if left:
            for some, target in self._pattern.steps[state]:
                if self._counts[left - 1][target]:
                    ways.append((some, target))
                    sizes.append(len(some) * self._counts[left - 1][target])
        shares = [size * kept // total for size in sizes]
        starts = np.cumsum([0, *shares], dtype=np.uint64)
        starts[-1] = kept
        strides = []
        for (some, target), share in zip(ways, np.diff(starts).tolist(), strict=True):
            inside = -(-share // len(some)) if some else 1
            strides.append(min(self._counts[left - 1][target], _LIMIT) // max(inside, 1) if some else 1)
        return _Fork(starts, tuple(ways), tuple(strides))

    def at(self, index: AnyInt) -> pa.Array:
        rank = index.astype(np.uint64)
        length = np.zeros(len(rank), np.int64)
        out = np.zeros((len(rank), self._width), np.uint8)
        states = {0: np.arange(len(rank))}
        for step in range(self._width + 1):
            going: dict[int, list[Any]] = {}
            for state, rows in states.items():
                for moved, target in self._step(state, rows, step, rank, out):
                    length[moved] = step + 1
                    going.setdefault(target, []).append(moved)
            states = {target: parts[0] if len(parts) == 1 else np.concatenate(parts) for target, parts in going.items()}
            if not states:
                break
        return _texts(out, length)

    def _step(self, state: int, rows: Any, step: int, rank: Any, out: Any) -> list[tuple[Any, int]]:
        """Take the next byte of these rows, all in one state; (rows, their next state)."""
        fork = self._fork(state, self._width - step)
        single = len(fork.ways) == 1
        way = None if single else np.searchsorted(fork.starts[1:], rank[rows], side="right")
        going = []
        for number, (some, target) in enumerate(fork.ways):
            here = rows if single else rows[way == number]
            if not some or not len(here):
                continue
            inner = rank[here] - fork.starts[number]
            count, stride = np.uint64(len(some)), np.uint64(fork.strides[number])
            out[here, step] = np.frombuffer(some, np.uint8)[(inner % count).astype(np.intp)]
            place = inner // count
            rank[here] = place * stride + (_scatter(place) % stride if stride > 1 else np.uint64(0))
            going.append((here, target))
        return going

    def reach(self) -> Reach:
        return Reach(width=self._width)


def _scatter(numbers: Any) -> Any:
    return (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(2)


def _texts(matrix: Any, lengths: Any) -> pa.Array:
    """The first ``lengths[i]`` bytes of each row."""
    data = matrix[np.arange(matrix.shape[1]) < lengths[:, None]]
    if len(data) > np.iinfo(np.int32).max:
        raise ValueError("the texts are too many for one batch; use smaller batches")
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return pa.Array.from_buffers(pa.string(), len(lengths), [None, pa.py_buffer(offsets), pa.py_buffer(data)])
