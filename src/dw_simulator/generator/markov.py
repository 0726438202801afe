"""Markov chains. The state of a row follows from the words of its chain up to the row, so any row can be computed by
itself: chains begin anew every so many rows, or with every parent."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from dw_simulator.generator import arrays
from dw_simulator.generator.fan_out import FanOutChoice
from dw_simulator.generator.streams import I64, U64, Rows, Stream
from dw_simulator.schema.distributions import Markov

_DENSE = 4
"""Chains lie close together if the steps in between are at most so many times those that are wanted."""


class Chains(Protocol):
    def placed(self, rows: Rows) -> tuple[I64, I64]:
        """(the first step of each row's chain, the row's step in it), steps of all chains numbered through."""
        ...


@dataclass(frozen=True)
class ByLength:
    """Chains of so many consecutive rows."""

    length: int

    def placed(self, rows: Rows) -> tuple[I64, I64]:
        index = rows.index.astype(np.int64)
        step = index % self.length
        return index - step, step


@dataclass(frozen=True)
class ByParent:
    """The children of a parent are a chain."""

    choice: FanOutChoice

    def placed(self, rows: Rows) -> tuple[I64, I64]:
        step = self.choice.ordinal(rows)
        return self.choice.slots(rows).astype(np.int64) - step, step


class Transitions:
    """The first state and the next states by their weights; states are numbers."""

    def __init__(self, spec: Markov) -> None:
        self.states = spec.states
        place = {state: number for number, state in enumerate(self.states)}
        self._start = _ends(spec.start, place)
        rows = []
        for state in self.states:
            weights = spec.transitions.get(state)
            rows.append(_ends(weights or {state: 1.0}, place))
        self._next = np.array(rows)

    def first(self, words: U64) -> Any:
        return np.searchsorted(self._start, words, side="right")

    def after(self, states: Any, words: U64) -> Any:
        out = np.zeros(len(states), np.int64)
        for state in np.unique(states).tolist():
            here = states == state
            out[here] = np.searchsorted(self._next[state], words[here], side="right")
        return out


def _ends(weights: dict[str, float], place: dict[str, int]) -> U64:
    """Where each state ends among 2**32 words; unlikely ones are empty, the last likely one goes to the end."""
    shares: Sequence[float] = [weights.get(state, 0.0) for state in place]
    total = math.fsum(shares)
    ends = np.array([min(round(end / total * 2**32), 2**32) for end in accumulate(shares)], np.uint64)
    ends[max(number for number, share in enumerate(shares) if share > 0) :] = 1 << 32
    return ends


@dataclass
class MarkovValues:
    """The states of rows, as texts."""

    transitions: Transitions
    chains: Chains
    stream: Stream
    type = pa.dictionary(pa.int32(), pa.string())

    def take(self, rows: Rows) -> pa.Array:
        first, step = self.chains.placed(rows)
        starts, chain = np.unique(first, return_inverse=True)
        longest = np.zeros(len(starts), np.int64)
        np.maximum.at(longest, chain, step)
        out = np.zeros(rows.count, np.int64)
        order = np.argsort(step, kind="stable")
        bounds = np.searchsorted(step[order], np.arange(int(step.max(initial=-1)) + 2))
        states = np.zeros(len(starts), np.int64)
        active = np.arange(len(starts))
        words_at = self._reader(starts, longest)
        for number in range(len(bounds) - 1):
            active = active[longest[active] >= number]
            words = words_at(starts[active] + number)
            states[active] = self.transitions.after(states[active], words) if number else self.transitions.first(words)
            here = order[bounds[number] : bounds[number + 1]]
            out[here] = states[chain[here]]
        return arrays.dictionary(out, pa.array(self.transitions.states, pa.string()))

    def _reader(self, starts: I64, longest: I64) -> Callable[[I64], U64]:
        """What gives the words of steps; those of chains that lie close together are made once."""
        first, end = (int(starts[0]), int((starts + longest).max()) + 1) if len(starts) else (0, 0)
        if end - first > _DENSE * int(longest.sum() + len(longest)):
            return lambda steps: self.stream.words32_at(steps.astype(np.uint64)).astype(np.uint64)
        words = self.stream.words32(first, end - first)
        return lambda steps: words[steps - first].astype(np.uint64)
