"""VARCHAR and CHAR: words and sentences, codes, patterns, lists of choices."""

from __future__ import annotations

import string
from functools import lru_cache

import pyarrow as pa

from dw_simulator.generator import pools
from dw_simulator.generator.columns.common import (
    DIGITS,
    HEX,
    LOWER,
    POOL_SIZE,
    UPPER,
    add_pool,
    code,
    fit,
    from_pool,
    numbered,
    pooled,
    texts,
    type_text,
    within,
)
from dw_simulator.generator.composed import Choice, Composed, Pattern
from dw_simulator.generator.domain import Domain, Pool
from dw_simulator.generator.registry import Request, Rule, RuleProblem, add_rule, family, rule
from dw_simulator.generator.streams import Stream
from dw_simulator.schema.model import DataType


@family(DataType.VARCHAR, DataType.CHAR)
def text(request: Request) -> Domain:
    """Text of a column whose name says nothing: codes where values must differ or are short, else words."""
    if request.wanted or request.limit <= 3:
        return code(request)
    if request.limit <= 12:
        return from_pool(request, pools.pool("words"))
    return phrases(request, 1, 4)


def phrases(request: Request, fewest: int, most: int, *, sentence: bool = False) -> Domain:
    """A pool of phrases of ``fewest`` to ``most`` words, no longer than the column."""
    longest = most * 14 + 1
    return Pool(fit(request, _phrases(fewest, most, sentence, min(request.limit, longest))))


@lru_cache(maxsize=64)
def _phrases(fewest: int, most: int, sentence: bool, limit: int) -> pa.Array:
    """Equal for all columns and seeds: which phrase a row gets is what depends on them."""
    names = ("adjectives", "words", "verbs", "adjectives", "words") if sentence else ("words",)
    lists = [pools.words(name) for name in names]
    raw = Stream("phrases", fewest, most, sentence).words(0, POOL_SIZE * (most + 1)).tolist()
    made: list[str] = []
    for start in range(0, len(raw), most + 1):
        count = fewest + raw[start] % (most - fewest + 1)
        picked = []
        for place in range(count):
            choices = lists[place % len(lists)]
            picked.append(choices[raw[start + 1 + place] % len(choices)])
        made.append(_clip(picked, limit))
    if sentence:
        made = [value[:1].upper() + value[1:] for value in made]
    return texts([value for value in made if value])


def _clip(words: list[str], limit: int) -> str:
    """As many of the words as fit (the pools are ASCII)."""
    line = " ".join(words)
    while len(line) > limit and len(words) > 1:
        words = words[:-1]
        line = " ".join(words)
    return line if len(line) <= limit else ""


@rule("word")
def word(request: Request) -> Domain:
    """One English word"""
    return numbered(request, pools.pool("words"), "")


@rule("words", "phrase")
def words(request: Request) -> Domain:
    """One to four words"""
    return _or_code(request, 1, 4, sentence=False)


@rule("catch_phrase", "bs", "event_name")
def catch_phrase(request: Request) -> Domain:
    """Two to four words with capital letters"""
    domain = _or_code(request, 2, 4, sentence=False)
    return Pool(texts([value.title() for value in domain.values.to_pylist()])) if isinstance(domain, Pool) else domain


@rule("sentence", "title", "headline")
def sentence(request: Request) -> Domain:
    """A sentence of three to nine words"""
    return _or_code(request, 3, 9, sentence=True)


@rule("paragraph", "text", "paragraphs", "sentences")
def paragraph(request: Request) -> Domain:
    """Eight to thirty words"""
    return _or_code(request, 8, 30, sentence=True)


def _or_code(request: Request, fewest: int, most: int, *, sentence: bool) -> Domain:
    if not request.wanted:
        return phrases(request, fewest, most, sentence=sentence)
    base, nouns, verbs = (pools.pool(name) for name in ("adjectives", "words", "verbs"))
    room = request.limit - 8
    short = [pools.fitting(values, max(room // 3, 1)) for values in (base, nouns, verbs)]
    if not all(len(values) for values in short):
        return code(request)
    size = len(short[0]) * len(short[1]) * len(short[2])
    need = -(-request.wanted // size)
    numbers = Choice([""] if need <= 1 else ["", *(f" {number}" for number in range(2, min(need, 1 << 20) + 1))])
    return Composed(Choice(short[0]), " ", Choice(short[1]), " ", Choice(short[2]), numbers)


@rule("name_of_thing")
def name_of_thing(request: Request) -> Domain:
    """Two words, such as ``Quiet Harbor``"""
    if request.limit < 12:
        return numbered(request, texts([value.capitalize() for value in pools.words("words")]))
    first = Choice(texts([value.capitalize() for value in pools.words("adjectives")]))
    second = Choice(pools.fitting(pools.pool("company_stems"), max(request.limit - first.width - 9, 4)))
    size = first.size * second.size
    need = max(1, -(-request.wanted // size))
    numbers = Choice([""] if need == 1 else ["", *(f" {number}" for number in range(2, min(need, 1 << 20) + 1))])
    domain = within(request, lambda: Composed(first, " ", second, numbers))
    return pooled(request, domain)


@rule("code")
def codes(request: Request) -> Domain:
    """Capital letters and digits"""
    return code(request, 8)


_PLACES = {"#": DIGITS, "?": UPPER, "@": LOWER, "^": HEX, "*": string.ascii_letters.encode() + DIGITS}


@rule("pattern", "bothify", takes_argument="# digit, ? capital letter, @ small letter, ^ hexadecimal, * any; \\ quotes")
def pattern(request: Request) -> Domain:
    """Text after a pattern, such as ``pattern:??-####``"""
    if not request.argument:
        raise RuleProblem("the rule pattern needs a pattern after a colon", "for example pattern:??-####")
    places: list[bytes] = []
    quoted = False
    for character in request.argument:
        if character == "\\" and not quoted:
            quoted = True
            continue
        alphabet = None if quoted else _PLACES.get(character)
        places += [alphabet] if alphabet else [bytes([byte]) for byte in character.encode()]
        quoted = False
    if len(places) > request.limit:
        if request.column.faker_rule is None:
            return code(request)
        raise RuleProblem(
            f"the pattern makes {len(places)} bytes, but {type_text(request)} holds {request.limit}", "shorten it"
        )
    return Pattern(places)


@rule("choice", takes_argument="value=weight,value=weight,… (weights may be left out)")
def choice(request: Request) -> Domain:
    """One of a few values, such as ``choice:new=80,used=20``"""
    values = choices(request.argument)
    if not values:
        raise RuleProblem("the rule choice needs values after a colon", "for example choice:new=80,used=20")
    weights: dict[str, float] = {}
    for value, weight in values:
        weights[value] = weights.get(value, 0.0) + weight
    fitting = fit(request, texts(list(weights)))
    return Pool(fitting, [weights[value] for value in fitting.to_pylist()])


def choices(argument: str) -> list[tuple[str, float]]:
    """The values and weights of a ``choice`` rule's argument."""
    out = []
    for item in argument.split(","):
        value, equals, weight = item.rpartition("=")
        if not equals:
            value, weight = item, "1"
        try:
            out.append((value.strip(), float(weight)))
        except ValueError as error:
            raise RuleProblem(f"{weight!r} is not a weight", "write value=weight, for example new=80") from error
    return [(value, weight) for value, weight in out if value and weight > 0]


def _listed(name: str, values: list[str], description: str, *aliases: str) -> None:
    array = texts(values)

    def make(request: Request) -> Domain:
        return from_pool(request, array)

    add_rule(Rule(name, make, description), aliases)


_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_listed("month_name", _MONTHS, "January to December")
_listed("month_short", [month[:3].upper() for month in _MONTHS], "JAN to DEC")
_listed("month_number", [f"{month:02}" for month in range(1, 13)], "01 to 12", "month")
_listed("day_name", _DAYS, "Monday to Sunday", "day_of_week")
_listed("day_short", [day[:3].upper() for day in _DAYS], "MON to SUN")
_listed("day_short_2", [day[:2].upper() for day in _DAYS], "MO to SU")
_listed("day_number", [str(day) for day in range(1, 8)], "1 to 7")
_listed("quarter", ["Q1", "Q2", "Q3", "Q4"], "Q1 to Q4")
_listed("year", [str(year) for year in range(2000, 2026)], "2000 to 2025")
_listed("coordinate", [f"{value / 1000:.3f}" for value in range(-90_000, 90_001, 37)], "degrees")
_listed("version", [f"{a}.{b}.{c}" for a in range(1, 6) for b in range(10) for c in range(10)], "1.0.0 to 5.9.9")
add_pool("color", "color_name", "safe_color_name", file="colors", description="Names of colors")
add_pool("language", "language_name", file="languages", description="Names of languages")
add_pool("timezone", file="timezones", description="Names of time zones (IANA)")
add_pool("locale", file="locales", description="Locales such as en_US")


@rule("language_code")
def language_code(request: Request) -> Domain:
    """Two-letter language codes (ISO 639-1)"""
    return from_pool(request, texts([locale[:2] for locale in pools.words("locales")]))
