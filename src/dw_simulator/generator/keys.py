"""How the unique columns and keys of a table are kept: which sources are unique alone, which form tuples of a key."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dw_simulator.errors import Problem
from dw_simulator.generator.choosing import KeyTuples
from dw_simulator.generator.domain import Domain
from dw_simulator.generator.making import follows_distribution, is_flexible, make_domain
from dw_simulator.generator.permutation import Permutation
from dw_simulator.generator.registry import Request, RuleProblem
from dw_simulator.generator.sources import Report, Source
from dw_simulator.generator.streams import Stream
from dw_simulator.schema.model import Table
from dw_simulator.schema.resolve import ordinal_of

_FEW = 5
"""Values of a key column that could have any number, next to columns that make the key unique already."""

_SLACK = 1.25
_MOST_CHILDREN = 64


@dataclass(frozen=True)
class Place:
    """One place of the tuples of a key; ``domain`` is what its digit numbers (None: rows of the parent)."""

    tuples: KeyTuples
    place: int
    domain: Domain | None


@dataclass
class KeyPlan:
    """For each source: unique alone, a place in the tuples of a key, or neither."""

    unique: set[Source] = field(default_factory=set)
    places: dict[Source, Place] = field(default_factory=dict)


@dataclass
class KeyPlanner:
    """Works out the :class:`KeyPlan` of one table.

    ``request(column, wanted)`` describes a column; ``parent_size(source)`` counts the rows that a foreign key can name,
    None if different rows may have equal values; ``spreads(source)`` says whether its rule decides how children spread.
    """

    seed: int
    table: Table
    rows: int
    sources: Mapping[str, Source]
    request: Callable[[str, int], Request]
    parent_size: Callable[[Source], int | None]
    parent_is_unique: Callable[[Source, str], bool]
    report: Report
    spreads: Callable[[Source], bool]
    plan: KeyPlan = field(default_factory=KeyPlan)

    def run(self) -> KeyPlan:
        groups = [tuple(name.lower() for name in group) for group in self.table.unique_groups()]
        known = [group for group in groups if all(name in self.sources for name in group)]
        for group in sorted(known, key=len) if self.rows else ():
            if not self._holds_already(set(group)):
                self._settle(group)
        return self.plan

    def _holds_already(self, group: set[str]) -> bool:
        columns = (self.table.column(name) for name in group)
        if any(column is not None and ordinal_of(column) in group for column in columns):
            return True
        if any(set(source.columns) <= group for source in self.plan.unique):
            return True
        tuples: dict[int, set[str]] = {}
        for source, place in self.plan.places.items():
            tuples.setdefault(id(place.tuples), set()).update(source.columns)
        return any(columns <= group for columns in tuples.values())

    def _settle(self, group: tuple[str, ...]) -> None:
        whole = [self.sources[name] for name in group]
        if len(group) == 1 and len(whole[0].columns) > 1:
            self._settle_part_of_key(group[0], whole[0])
            return
        if len(set(whole)) == 1 and set(whole[0].columns) == set(group):
            self.plan.unique.add(whole[0])
            return
        inside = [source for source in dict.fromkeys(whole) if set(source.columns) <= set(group)]
        free = [source for source in inside if source not in self.plan.places and self._usable(source)]
        if any(source in self.plan.places for source in inside):
            self._settle_overlap(group, free)
        else:
            self._make_tuples(group, free)

    def _settle_part_of_key(self, name: str, source: Source) -> None:
        """A unique column of a composite foreign key: kept if each parent row is named once and has its own value."""
        if source not in self.plan.places and self.parent_is_unique(source, name):
            self.plan.unique.add(source)
            return
        self.report(
            Problem(
                f"column {name!r} is unique but part of a foreign key over {', '.join(source.columns)}, "
                "whose parent repeats its values",
                path=f"tables.{self.table.name}.columns.{name}",
                hint="remove is_unique, or make the parent's column unique",
            )
        )

    def _usable(self, source: Source) -> bool:
        if source.reference is not None:
            column = self.table.column(source.columns[0])
            skewed = len(source.columns) == 1 and column is not None and follows_distribution(column)
            return not (skewed or self.spreads(source)) and bool(self.parent_size(source))
        column = self.table.column(source.columns[0])
        return column is not None and not follows_distribution(column)

    # --- tuples --------------------------------------------------------------------------------------------
    def _make_tuples(self, group: tuple[str, ...], members: list[Source]) -> None:
        members.sort(key=lambda source: not source.is_self)
        try:
            domains = self._domains(members)
        except RuleProblem as error:
            self.report(Problem(error.message, path=f"tables.{self.table.name}", hint=error.hint))
            return
        sizes = [size for _, size in domains]
        if not members or math.prod(sizes) < self.rows:
            self._too_small(group, members, sizes)
            return
        rooted = members[0].is_self
        if rooted:
            sizes = [sizes[0], *_at_most(sizes[1:], _MOST_CHILDREN)]
            if math.prod(sizes[1:]) < 2:
                self._too_small(group, members, sizes)
                return
        tuples = KeyTuples([size for _, size in domains], None, sizes)
        if not rooted:
            stream = Stream(self.seed, self.table.name.lower(), "\x1e".join(group), "key")
            tuples.order_by(Permutation(stream, tuples.space))
        for place, (source, (domain, _)) in enumerate(zip(members, domains, strict=True)):
            self.plan.places[source] = Place(tuples, place, domain)

    def _domains(self, members: list[Source]) -> list[tuple[Domain | None, int]]:
        """The domain and size of every member; columns that may have any number of values get as many as are needed."""
        out: dict[Source, tuple[Domain | None, int]] = {}
        flexible: list[Source] = []
        for source in members:
            if source.reference is not None:
                out[source] = (None, self.parent_size(source) or 0)
            elif is_flexible(self.request(source.columns[0], 0)):
                flexible.append(source)
            else:
                domain = make_domain(self.request(source.columns[0], 0))
                out[source] = (domain, domain.size)
        self._fill_flexible(flexible, out)
        if not flexible:
            self._widen(out)
        return [out[source] for source in members]

    def _fill_flexible(self, flexible: list[Source], out: dict[Source, tuple[Domain | None, int]]) -> None:
        fixed = max(1, math.prod(size for _, size in out.values()))
        for position, source in enumerate(flexible):
            left = len(flexible) - position
            needed = max(math.ceil(self.rows * _SLACK / fixed), _FEW**left)
            wanted = max(2, math.ceil(needed ** (1 / left)))
            domain = make_domain(self.request(source.columns[0], wanted))
            out[source] = (domain, domain.size)
            fixed = max(1, fixed * domain.size)

    def _widen(self, out: dict[Source, tuple[Domain | None, int]]) -> None:
        """Where the values that come naturally are too few, ask for more of them."""
        for source, (domain, size) in list(out.items()):
            total = math.prod(size for _, size in out.values())
            if total >= self.rows or domain is None or not size:
                continue
            wider = make_domain(self.request(source.columns[0], -(-self.rows // (total // size))))
            if wider.size > size:
                out[source] = (wider, wider.size)

    def _too_small(self, group: tuple[str, ...], members: list[Source], sizes: list[int]) -> None:
        parts = ", ".join(f"{'+'.join(source.columns)}: {size:,}" for source, size in zip(members, sizes, strict=True))
        count = math.prod(sizes) if members else 0
        self.report(
            Problem(
                f"the key ({', '.join(group)}) can take {count:,} different values "
                f"({parts or 'no column can be used'}), "
                f"but {self.rows:,} rows are wanted",
                path=f"tables.{self.table.name}",
                hint="widen the rules of its columns, or ask for fewer rows" + self._skewed(group),
            )
        )

    def _skewed(self, group: tuple[str, ...]) -> str:
        columns = [column for name in group if (column := self.table.column(name))]
        skewed = [column.name for column in columns if follows_distribution(column)]
        return f", or remove the distribution of {', '.join(skewed)}: it cannot vary with a key" if skewed else ""

    # --- keys that share columns ------------------------------------------------------------------------------
    def _settle_overlap(self, group: tuple[str, ...], free: list[Source]) -> None:
        """Columns of an earlier key are fixed already; one of the others, unique alone, makes this key unique too."""
        best: tuple[int, Source] | None = None
        for source in free:
            if source.reference is not None:
                size = 0 if source.is_self else self.parent_size(source) or 0
            else:
                size = make_domain(self.request(source.columns[0], self.rows)).size
            if best is None or size > best[0]:
                best = (size, source)
        if best is None or best[0] < self.rows:
            self.report(
                Problem(
                    f"the key ({', '.join(group)}) shares columns with another key, and none of its other columns can "
                    f"take {self.rows:,} different values",
                    path=f"tables.{self.table.name}",
                    hint="this is not supported: drop one of the keys or widen one of its columns",
                )
            )
            return
        self.plan.unique.add(best[1])


def _at_most(sizes: list[int], most: int) -> list[int]:
    used = list(sizes)
    while math.prod(used) > most and max(used) > 1:
        widest = max(range(len(used)), key=used.__getitem__)
        used[widest] = max(1, used[widest] // 2)
    return used
