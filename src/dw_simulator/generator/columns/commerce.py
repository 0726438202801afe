"""Trade and money: products, codes with check digits, currencies, cards."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dw_simulator.generator import arrays, pools
from dw_simulator.generator.columns.common import (
    DIGITS,
    UPPER,
    add_pool,
    code,
    counter_for,
    from_pool,
    numbered,
    pooled,
    texts,
    within,
)
from dw_simulator.generator.composed import Choice, Composed, Pattern
from dw_simulator.generator.domain import Domain, Reach, Unweighted
from dw_simulator.generator.registry import Request, rule
from dw_simulator.generator.spelling import Speller
from dw_simulator.generator.transforms import AnyInt

add_pool("category", "ecommerce_category", file="categories", description="Kinds of goods")
add_pool("brand", file="brands", description="Brands")
add_pool("currency_code", file="currencies", description="Currency codes (ISO 4217)")
add_pool("currency", "currency_name", file="currencies", field=1, description="Names of currencies")


@rule("product_name", "product", "ecommerce_name")
def product_name(request: Request) -> Domain:
    """Products such as ``Compact Walnut Lamp``"""
    adjectives, materials, nouns = (
        pools.pool(name) for name in ("product_adjectives", "product_materials", "product_nouns")
    )
    if request.limit < 40:
        pairs = texts([f"{a} {b}" for a in materials.to_pylist() for b in nouns.to_pylist()])
        return numbered(request, pairs if request.limit >= 20 else nouns)
    size = len(adjectives) * len(materials) * len(nouns)
    most = min(counter_for(request, size).size, 1 << 20)
    tail = Choice(["", *(f" {number}" for number in range(2, most + 1))])
    return pooled(request, Composed(Choice(adjectives), " ", Choice(materials), " ", Choice(nouns), tail))


@rule("sku")
def sku(request: Request) -> Domain:
    """Article numbers such as ``KTR-482913``"""
    if request.limit < 8:
        return code(request)
    extra = 0
    while 26**3 * 10 ** (6 + extra) < 2 * request.wanted and 10 + extra < request.limit:
        extra += 1
    digits = min(6 + extra, request.limit - 4)
    return Pattern([UPPER, UPPER, UPPER, b"-", *[DIGITS] * digits])


class Checked(Unweighted):
    """Digits followed by a check digit: the weighted sum of all must be a multiple of 10."""

    type = pa.string()

    def __init__(self, prefixes: list[str], length: int, *, luhn: bool) -> None:
        self._prefixes = np.array([[int(digit) for digit in prefix] for prefix in prefixes], np.uint8)
        self._free = length - 1 - self._prefixes.shape[1]
        self._length, self._luhn = length, luhn
        self.size = len(prefixes) * 10**self._free
        self._speller = Speller([bytes(range(10))] * self._free)

    def at(self, index: AnyInt) -> pa.Array:
        out = np.empty((len(index), self._length), np.uint8)
        number = index.astype(np.uint64)
        fixed = self._prefixes.shape[1]
        self._speller.write(out[:, fixed:-1], number)
        out[:, :fixed] = self._prefixes[(number // np.uint64(10**self._free)).astype(np.intp)]
        out[:, -1] = (10 - self._sum(out) % 10) % 10
        out += np.uint8(48)
        return arrays.text_matrix(out)

    def _sum(self, digits: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> AnyInt:
        """Of all digits but the last, at most 9 each or, weighted three times, 27: less than 256 in all."""
        weighted = np.array([n * 2 - 9 * (n > 4) if self._luhn else n * 3 for n in range(10)], np.uint8)
        total = np.zeros(len(digits), np.uint8)
        for place in range(self._length - 1):
            odd = (self._length - 1 - place) % 2 == 1
            total += weighted.take(digits[:, place], mode="clip") if odd else digits[:, place]
        return total

    def reach(self) -> Reach:
        return Reach(width=self._length)


@rule("ean13", "ean", "upc")
def ean13(request: Request) -> Domain:
    """Article numbers with a check digit (EAN-13, from the range for use within a company)"""
    return Checked(["20", "21"], 13, luhn=False) if request.limit >= 13 else code(request)


@rule("isbn13", "isbn")
def isbn13(request: Request) -> Domain:
    """Book numbers with a check digit (ISBN-13)"""
    return Checked(["978", "979"], 13, luhn=False) if request.limit >= 13 else code(request)


@rule("credit_card_number")
def credit_card_number(request: Request) -> Domain:
    """Card numbers with a check digit (Luhn) under a prefix that no issuer has"""
    return Checked(["9999"], 16, luhn=True) if request.limit >= 16 else code(request)


@rule("credit_card_provider")
def credit_card_provider(request: Request) -> Domain:
    """Kinds of payment cards"""
    return from_pool(request, texts(["Visa", "Mastercard", "American Express", "Discover", "JCB", "Maestro"]))


@rule("iban")
def iban(request: Request) -> Domain:
    """Account numbers in the form of an IBAN, under a country code that does not exist"""
    places = [b"X", b"X", *[DIGITS] * 20]
    return Pattern(places) if request.limit >= len(places) else code(request)


@rule("license_plate")
def license_plate(request: Request) -> Domain:
    """Number plates such as ``KTR 4829``"""
    places = [UPPER, UPPER, UPPER, b" ", *[DIGITS] * 4]
    return Pattern(places) if request.limit >= len(places) else code(request)


@rule("price_text", "pricetag")
def price_text(request: Request) -> Domain:
    """Prices with a currency sign"""
    amounts = [f"{number}.{cents}" for number in range(1, 1000) for cents in ("00", "49", "95", "99")]
    return within(request, lambda: Composed("$", Choice(amounts)), lambda: Composed(Choice(amounts[:36])))
