"""DECFLOAT values: decimals of 38 digits, and the text that keeps them. Vendor page: "Numeric data types" (DECFLOAT).

DuckDB has no such type. A value is kept as a text whose order is the order of the numbers and which is the same for
equal numbers, so that comparing, sorting, grouping and joining need nothing of their own: a letter for the sign, the
exponent of the first digit, the digits; those of negative numbers as what is left to nine, ended by a sign above all
digits.
"""

from __future__ import annotations

import decimal
from decimal import Decimal

DIGITS = 38
LOWEST, HIGHEST = -16383, 16384
"""Exponents of the first digit."""
ZERO = "1"
_OFFSET, _WIDTH = 20_000, 100_000
_NINES = str.maketrans("0123456789", "9876543210")
_TRAPS = [decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow, decimal.Subnormal]
CONTEXT = decimal.Context(
    prec=DIGITS, rounding=decimal.ROUND_HALF_UP, Emin=LOWEST, Emax=HIGHEST, traps=_TRAPS, clamp=0, capitals=0
)
"""Results are rounded half up to 38 digits; outside of the exponents they are an error."""


def rounded(number: Decimal) -> Decimal:
    """``number`` with 38 digits. Raises decimal.DecimalException: it is out of range."""
    return CONTEXT.plus(number)


def encode(number: Decimal) -> str:
    """The text that keeps ``number``, which has 38 digits at most."""
    sign, digits, _ = number.as_tuple()
    text = "".join(map(str, digits)).strip("0")
    if not text:
        return ZERO
    exponent = number.adjusted() + _OFFSET
    if sign:
        return f"0{_WIDTH - 1 - exponent:05d}{text.translate(_NINES)}:"
    return f"2{exponent:05d}{text}"


def decode(kept: str) -> Decimal:
    """The number that ``kept`` keeps."""
    if kept == ZERO:
        return Decimal(0)
    if kept[0] == "2":
        digits, exponent = kept[6:], int(kept[1:6])
    else:
        digits, exponent = kept[6:-1].translate(_NINES), _WIDTH - 1 - int(kept[1:6])
    number = Decimal(digits).scaleb(exponent - _OFFSET - len(digits) + 1, _WIDE)
    return number.copy_negate() if kept[0] == "0" else number


_WIDE = decimal.Context(prec=60, Emin=-999_999, Emax=999_999)


def text_of(number: Decimal) -> str:
    """As Snowflake prints it: plain where 38 digits are enough for that, else ``1.23e7002``."""
    if not number:
        return "0"
    sign, digits, _ = number.as_tuple()
    text = "".join(map(str, digits)).strip("0")
    exponent = number.adjusted()
    whole, fraction = max(1, exponent + 1), max(0, len(text) - 1 - exponent)
    minus = "-" if sign else ""
    if whole + fraction > DIGITS:
        return f"{minus}{text[0]}{'.' if len(text) > 1 else ''}{text[1:]}e{exponent}"
    if exponent < 0:
        return f"{minus}0.{'0' * (-exponent - 1)}{text}"
    plain = text[:whole].ljust(whole, "0")
    return f"{minus}{plain}.{text[whole:]}" if fraction else f"{minus}{plain}"


def parts_of(number: Decimal) -> tuple[int, int]:
    """Exponent and significand, as drivers get them."""
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    value = int("".join(map(str, digits)))
    while value and value % 10 == 0:
        value, exponent = value // 10, exponent + 1
    return (exponent if value else 0), -value if sign else value
