"""Numbers -> the edges and weights of a histogram in which no single value can be found.

A value that at least ``least`` rows have may stand as it is (an edge twice). Every other edge is the mean of at least
``least`` neighbouring values, also the first and the last one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dw_simulator.experiments.learning.kinds import F64


@dataclass
class Bins:
    edges: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def start(self, edge: float) -> None:
        if not self.edges:
            self.edges.append(edge)

    def add(self, edge: float, weight: float) -> None:
        """A bin from the last edge to this one."""
        self.edges.append(max(edge, self.edges[-1]))
        self.weights.append(weight)


def bins_of(numbers: F64, *, least: int, bins: int, steps: bool) -> Bins | None:
    """About ``bins`` bins of equal weight, and spikes at frequent values. ``steps``: values are whole numbers.

    None where too few rows have a value.
    """
    if len(numbers) < least:
        return None
    ordered = np.sort(numbers)
    values, starts, counts = np.unique(ordered, return_index=True, return_counts=True)
    heavy = np.flatnonzero(counts >= max(least, len(ordered) / (2 * bins)))
    found = Bins()
    at_least = max(least, -(-len(ordered) // bins))
    position = 0
    carried = 0.0
    for place in heavy.tolist():
        value, start, count = float(values[place]), int(starts[place]), int(counts[place])
        run = ordered[position:start]
        carried = _add_run(found, run, value, least, at_least, steps, is_first=position == 0) + carried
        found.start(value)
        if found.edges[-1] < value:
            found.add(value, 0.0)
        found.add(value, count + carried)
        carried = 0.0
        if steps:
            found.add(value + 1, 0.0)
        position = start + count
    rest = _add_run(found, ordered[position:], None, least, at_least, steps, is_first=position == 0)
    if steps and found.weights and not found.weights[-1] and len(found.weights) > 1:
        found.edges.pop()
        found.weights.pop()
    if rest:
        found.weights[-1] += rest
    return found


def _add_run(
    found: Bins, run: F64, end: float | None, least: int, at_least: int, steps: bool, *, is_first: bool
) -> float:
    """Bins for the rare values between two frequent ones; returns the weight of values that are too few for a bin."""
    if not len(run):
        return 0.0
    if len(run) < least:
        return float(len(run))
    if is_first:
        found.start(_edge(run[:least], steps))
    pieces = max(1, len(run) // at_least)
    places = [len(run) * piece // pieces for piece in range(1, pieces)]
    before = 0
    for place in places:
        half = max(least // 2, 1)
        around = run[max(place - half, 0) : max(place - half, 0) + max(least, 2)]
        edge = _edge(around, steps)
        if edge <= found.edges[-1] and steps:
            continue
        found.add(edge, place - before)
        before = place
    last = end if end is not None else _edge(run[-least:], steps)
    if end is None and steps and last <= found.edges[-1]:
        last = found.edges[-1] + 1
    found.add(last, len(run) - before)
    return 0.0


def _edge(neighbours: F64, steps: bool) -> float:
    mean = float(np.mean(neighbours))
    return float(round(mean)) if steps else mean
