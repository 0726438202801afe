"""People: names, logins, jobs."""

from __future__ import annotations

from dw_simulator.generator import pools
from dw_simulator.generator.columns.common import (
    add_pool,
    code,
    counter_for,
    fit,
    from_pool,
    pooled,
    texts,
    within,
)
from dw_simulator.generator.composed import Choice, Composed, Digits
from dw_simulator.generator.domain import Domain
from dw_simulator.generator.registry import Request, rule

add_pool("first_name", "first_name_female", "first_name_male", file="first_names", description="First names")
add_pool("last_name", "last_name_female", "last_name_male", file="last_names", description="Last names")


@rule("name", "full_name", "name_female", "name_male")
def name(request: Request) -> Domain:
    """First and last name"""
    first, last = pools.pool("first_names"), pools.pool("last_names")
    if request.limit < 24:
        half = (request.limit - 1) // 2
        if half < 4:
            return from_pool(request, last)
        first, last = pools.fitting(first, half), pools.fitting(last, half)
    pairs = Composed(Choice(first), " ", Choice(last))
    if pairs.size >= request.wanted:
        return pooled(request, pairs)
    initials = Choice([f" {letter}. " for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"])
    counter = counter_for(request, pairs.size * initials.size)
    return (
        within(
            request,
            lambda: Composed(Choice(first), initials, Choice(last)),
            lambda: Composed(
                Choice(first), initials, Choice(last), Choice(["", *(f" {n}" for n in range(2, counter.size + 1))])
            ),
        )
        if counter.size < 1 << 16
        else pairs
    )


@rule("username", "user_name")
def username(request: Request) -> Domain:
    """Logins such as ``ana.keller7``"""
    first, last = pools.letters("first_names"), pools.letters("last_names")
    wide = Composed(Choice(first), ".", Choice(last), counter_for(request, len(first) * len(last)))
    if (wide.reach().width or 0) <= request.limit:
        return wide
    digits = counter_for(request, 1).width
    stems = pools.fitting(last, request.limit - digits)
    if len(stems) >= 20:
        stems = pools.fitting(last, request.limit - counter_for(request, len(stems)).width)
        return Composed(Choice(stems), counter_for(request, len(stems)))
    return code(request)


@rule("job")
def job(request: Request) -> Domain:
    """Job titles"""
    roles, levels = pools.words("job_roles"), pools.words("job_levels")
    return from_pool(request, texts([*roles, *(f"{level} {role}" for level in levels for role in roles)]))


@rule("prefix")
def prefix(request: Request) -> Domain:
    """Forms of address"""
    return from_pool(request, texts(["Mr.", "Ms.", "Mrs.", "Mx.", "Dr.", "Prof."]))


@rule("gender")
def gender(request: Request) -> Domain:
    """female, male, other; or F, M, X"""
    long = texts(["female", "male", "other"])
    return from_pool(request, long) if request.limit >= 6 else from_pool(request, fit(request, texts(["F", "M", "X"])))


@rule("ssn")
def ssn(request: Request) -> Domain:
    """Numbers in the form of US social security numbers, from the range 900 to 999 that is never given out"""
    return within(
        request,
        lambda: Composed(Digits(900, 100), "-", Digits(10, 90), "-", Digits(1, 9999, 4)),
        lambda: Composed(Digits(900, 100), Digits(10, 90), Digits(1, 9999, 4)),
    )
