"""The net: addresses, hosts, pages, files. Names use reserved domains (RFC 2606)."""

from __future__ import annotations

from dw_simulator.generator import pools
from dw_simulator.generator.columns.common import HEX, add_pool, code, counter_for, from_pool, pooled, texts, within
from dw_simulator.generator.composed import Choice, Composed, Pattern
from dw_simulator.generator.domain import Domain
from dw_simulator.generator.registry import Request, rule

add_pool("user_agent", "chrome", "firefox", file="user_agents", description="User agents of browsers")
add_pool("mime_type", file="mime_types", description="Media types")


def _bytes(first: int = 0, last: int = 255) -> Choice:
    return Choice([str(number) for number in range(first, last + 1)])


@rule("ipv4", "ip", "ip_address", "ipv4_public", "ipv4_private")
def ipv4(request: Request) -> Domain:
    """IPv4 addresses"""
    return within(request, lambda: Composed(_bytes(1, 223), ".", _bytes(), ".", _bytes(), ".", _bytes(1, 254)))


@rule("ipv6")
def ipv6(request: Request) -> Domain:
    """IPv6 addresses of the documentation range 2001:db8::/32"""
    group = [HEX] * 4
    places = [bytes([byte]) for byte in b"2001:0db8"]
    for _ in range(6):
        places += [b":", *group]
    return _pattern(request, places)


@rule("mac_address")
def mac_address(request: Request) -> Domain:
    """MAC addresses, locally administered"""
    places = [b"0", b"2"]
    for _ in range(5):
        places += [b":", HEX, HEX]
    return _pattern(request, places)


def _pattern(request: Request, places: list[bytes]) -> Domain:
    return Pattern(places) if len(places) <= request.limit else code(request, request.limit)


@rule("domain_name", "hostname", "domain")
def domain_name(request: Request) -> Domain:
    """Host names under reserved domains"""
    hosts = pools.letters("company_stems")
    ends = Choice([".example.com", ".example.org", ".example.net"])
    return pooled(
        request, within(request, lambda: Composed(Choice(hosts), counter_for(request, len(hosts) * ends.size), ends))
    )


@rule("url", "uri", "image_url")
def url(request: Request) -> Domain:
    """Addresses of web pages"""
    words, hosts = pools.pool("words"), Choice(["www.example.com/", "shop.example.org/", "blog.example.net/"])
    size = len(words) ** 2 * hosts.size
    return within(
        request,
        lambda: Composed("https://", hosts, Choice(words), "/", Choice(words), counter_for(request, size)),
        lambda: Composed("http://x.io/", Choice(pools.fitting(words, 6)), counter_for(request, 100)),
    )


@rule("slug")
def slug(request: Request) -> Domain:
    """Words joined by hyphens"""
    adjectives, words = pools.pool("adjectives"), pools.pool("words")
    short = pools.fitting(words, 5)
    return within(
        request,
        lambda: Composed(Choice(adjectives), "-", Choice(words), _tail(request, len(adjectives) * len(words))),
        lambda: Composed(Choice(short), _tail(request, len(short))),
    )


def _tail(request: Request, variants: int) -> Choice:
    most = min(counter_for(request, variants).size, 1 << 20)
    return Choice(["", *(f"-{number}" for number in range(2, most + 1))])


@rule("file_name")
def file_name(request: Request) -> Domain:
    """Names of files"""
    endings = Choice([f".{ending}" for _, ending in pools.records("mime_types")])
    words = pools.pool("words")
    domain = within(
        request,
        lambda: Composed(Choice(words), "_", Choice(words), _tail(request, len(words) ** 2 * endings.size), endings),
        lambda: Composed(Choice(pools.fitting(words, 5)), endings),
    )
    return pooled(request, domain)


@rule("http_method")
def http_method(request: Request) -> Domain:
    """GET, POST, …"""
    return from_pool(request, texts(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]))
