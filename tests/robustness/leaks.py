"""Judges the samples of a soak: what a leak looks like, and what is only a cache that fills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Level:
    """What one kind of process uses at rest, all of them added up; ``count`` is the number of processes."""

    count: int
    memory: int
    files: int
    threads: int


@dataclass(frozen=True, slots=True)
class Rest:
    """The whole stack at rest: levels by role, files that should be gone, bytes of the DuckDB file."""

    levels: Mapping[str, Level]
    temporary_files: int
    database_bytes: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How much more there may be at the end than before.

    ``memory`` is for the second half of the soak against the first: by then caches and pools are filled. It is the
    larger of the bytes and the share of what there was.
    """

    files: int = 8
    threads: int = 16
    processes: int = 2
    memory: int = 40 * MEGABYTE
    memory_share: float = 0.2
    kept: Mapping[str, int] = field(default_factory=lambda: {"snowflake": 192 * MEGABYTE})
    """What a service keeps on purpose: a short soak does not fill it, so it may grow by that much besides."""
    database_share: float = 1.0


def leaks(baseline: Rest, half: Rest, end: Rest, limits: Limits | None = None) -> list[str]:
    """What grew and should not have; an empty list is a pass."""
    allowed = limits or Limits()
    found = []
    for role, level in end.levels.items():
        first, middle = baseline.levels.get(role, Level(0, 0, 0, 0)), half.levels.get(role, Level(0, 0, 0, 0))
        if level.count > first.count + allowed.processes:
            found.append(f"{role}: {first.count} processes at first, {level.count} at the end")
        if level.files > first.files + allowed.files:
            found.append(f"{role}: {first.files} open files at first, {level.files} at the end")
        if level.threads > first.threads + allowed.threads:
            found.append(f"{role}: {first.threads} threads at first, {level.threads} at the end")
        room = max(allowed.memory, middle.memory * allowed.memory_share, allowed.kept.get(role, 0))
        if level.memory > middle.memory + room:
            grown = (level.memory - middle.memory) / MEGABYTE
            found.append(f"{role}: grew by {grown:.0f} MB in the second half, to {level.memory / MEGABYTE:.0f} MB")
    if end.temporary_files > baseline.temporary_files:
        found.append(f"temporary files: {baseline.temporary_files} at first, {end.temporary_files} at the end")
    if end.database_bytes > half.database_bytes * (1 + allowed.database_share):
        found.append(f"the DuckDB file grew from {half.database_bytes} to {end.database_bytes} bytes")
    return found


def table(rests: Sequence[tuple[str, Rest]]) -> str:
    """The samples side by side, to read."""
    roles = sorted({role for _, rest in rests for role in rest.levels})
    lines = []
    for role in roles:
        cells = []
        for name, rest in rests:
            level = rest.levels.get(role, Level(0, 0, 0, 0))
            cells.append(f"{name}: {level.memory / MEGABYTE:4.0f} MB {level.files:3} files {level.threads:3} threads")
        lines.append(f"  {role:<11}" + "   ".join(cells))
    return "\n".join(lines)
