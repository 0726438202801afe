"""Companies, industries, departments."""

from __future__ import annotations

from dw_simulator.generator import pools
from dw_simulator.generator.columns.common import POOL_SIZE, add_pool, counter_for, from_pool, numbered, pooled, texts
from dw_simulator.generator.composed import Choice, Composed
from dw_simulator.generator.domain import Domain
from dw_simulator.generator.registry import Request, rule

add_pool("industry", file="company_types", description="Industries")
add_pool("department", file="departments", description="Departments of a company")
add_pool("company_suffix", file="company_suffixes", description="Legal forms and the like")


@rule("company", "company_name")
def company(request: Request) -> Domain:
    """Companies such as ``Lantern Ridgeway Labs``"""
    stems, kinds = pools.words("company_stems"), pools.words("company_suffixes")
    short = texts([f"{stem} {kind}" for stem in stems for kind in kinds])
    if request.limit < 40:
        return numbered(request, short if request.limit >= 16 else pools.pool("company_stems"))
    if request.wanted <= len(short) // 2:
        return from_pool(request, short)
    pairs = Choice(texts([f"{a} {b}" for a in stems[::2] for b in stems[1::2]]))
    endings = Choice([f" {kind}" for kind in kinds])
    counter = counter_for(request, pairs.size * endings.size)
    tail = Choice(["", *(f" {number}" for number in range(2, min(counter.size, POOL_SIZE) + 1))])
    return pooled(request, Composed(pairs, endings, tail))
