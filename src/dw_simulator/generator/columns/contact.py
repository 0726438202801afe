"""Mail addresses and telephone numbers. Domains are the reserved ones (RFC 2606), numbers the fictitious 555-01xx and
exchanges that begin with 555, so that no real person is ever reached."""

from __future__ import annotations

from dw_simulator.generator import pools
from dw_simulator.generator.columns.common import code, counter_for, within
from dw_simulator.generator.composed import Choice, Composed, Digits, Pattern, Scattered
from dw_simulator.generator.domain import Domain
from dw_simulator.generator.registry import Request, RuleProblem, rule


@rule("email", "email_address", "safe_email", "free_email", "company_email", "ascii_email", "ascii_safe_email")
def email(request: Request) -> Domain:
    """Mail addresses such as ``ana.keller7@example.com``"""
    first, last = pools.letters("first_names"), pools.letters("last_names")
    hosts = Choice([f"@{host}" for host in pools.words("mail_domains")])
    counter = counter_for(request, len(first) * len(last))
    wide = Composed(Choice(first), ".", Choice(last), counter, Scattered(hosts, request.stream("host")))
    if (wide.reach().width or 0) <= request.limit:
        return wide
    return _short_email(request)


def _short_email(request: Request) -> Domain:
    host = "@example.com" if request.limit >= 20 else "@x.io"
    digits = counter_for(request, 100).width
    stems = pools.fitting(pools.letters("last_names"), request.limit - len(host) - digits)
    if len(stems) >= 100:
        return Composed(Choice(stems), counter_for(request, len(stems)), host)
    if request.limit >= len(host) + 3:
        width = min(request.limit - len(host), 10)
        return Pattern([b"abcdefghijklmnopqrstuvwxyz"] * width + [bytes([byte]) for byte in host.encode()])
    if request.column.faker_rule:
        raise RuleProblem(
            f"a mail address needs at least {len(host) + 3} bytes, but the column holds {request.limit}",
            "widen the column",
        )
    return code(request)


@rule("phone_number", "phone", "basic_phone_number")
def phone_number(request: Request) -> Domain:
    """Telephone numbers such as ``(212) 555-0142``"""
    area, rest = Digits(201, 780), Digits(0, 10_000, 4)
    if request.wanted > area.size * rest.size:
        line = Digits(0, 10_000_000, 7)
        return within(request, lambda: Composed("+1 ", area, " ", line), lambda: Composed(area, line))
    return within(
        request,
        lambda: Composed("(", area, ") 555-", rest),
        lambda: Composed(area, "-555-", rest),
        lambda: Composed(area, "555", rest),
        lambda: Composed("555-", rest),
        lambda: Composed(rest),
    )
