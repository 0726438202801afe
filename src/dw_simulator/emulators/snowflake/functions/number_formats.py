"""Numbers as text in a format model. Vendor page: "SQL format models" (numeric models)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache

from dw_simulator.emulators.snowflake import errors

_ELEMENT = re.compile(r'"[^"]*"|TM9|TME|TM|E{2,7}|MI|FM|FX|[09XxSBDGV$.,%_]|.', re.I | re.S)
_VARIABLE_EXPONENT = 5
"""Characters that a variable-width exponent takes."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model cut up; literals lose their quotes. ``first`` is the place of the first position for a digit among the
    elements, ``point`` that of the decimal point (behind the last element if there is none)."""

    elements: tuple[str, ...]
    literal: tuple[bool, ...]
    first: int
    point: int
    kind: str
    sign: str
    sign_after: bool
    blank_zero: bool
    fill: bool
    exponent: str
    percent: bool


@lru_cache(maxsize=512)
def parsed(form: str) -> Model:
    """Raises 001008 for a model that is none."""
    found = _ELEMENT.findall(form)
    elements = [item[1:-1] if item.startswith('"') else item for item in found]
    literal = [item.startswith('"') or _is_literal(item) for item in found]
    upper = ["" if quoted else item.upper() for item, quoted in zip(elements, literal, strict=True)]
    minimal = next((item for item in upper if item.startswith("TM")), "")
    first = next((at for at, item in enumerate(upper) if item and item in "09X"), len(upper))
    if not minimal and first == len(upper):
        raise errors.INVALID_PARAMETER_VALUE(form, "format")
    point = next((at for at, item in enumerate(upper) if item in (".", "D")), len(upper))
    sign = "MI" if "MI" in upper else "S" if "S" in upper else ""
    return Model(
        tuple(elements), tuple(literal), first, point, minimal or ("X" if "X" in upper else "9"), sign,
        bool(sign) and upper.index(sign) > first, "B" in upper, "FM" in upper,
        next((item for item, word in zip(elements, upper, strict=True) if word.startswith("EE")), ""), "%" in upper,
    )  # fmt: skip


def _is_literal(element: str) -> bool:
    """Whether an element stands for itself, although it has no quotes."""
    return not re.fullmatch(r"TM9|TME|TM|E{2,7}|MI|FM|FX|[09XSBDGV$.,%_]", element, re.I)


def format_number(text: str, form: str) -> str:
    """``text`` (a number as DuckDB prints it) in ``form``."""
    model = parsed(form)
    with localcontext(prec=400):
        value = Decimal(text) * (100 if model.percent else 1)
        if model.kind.startswith("TM"):
            if model.percent:
                text = format(value.normalize() if value else Decimal(0), "f")
            return _around(_minimal(value, text, model.kind), model)
        if model.kind == "X":
            return _hexadecimal(value, model)
        return _positions(value, model)


def _around(body: str, model: Model) -> str:
    """A number in its shortest form between what is written around it."""
    shown = []
    for item, literal in zip(model.elements, model.literal, strict=True):
        if not literal and item.upper().startswith("TM"):
            shown.append(body)
        elif literal or item in "$%":
            shown.append(item)
    return "".join(shown)


def _minimal(value: Decimal, text: str, kind: str) -> str:
    if kind != "TME":
        return text
    if not value:
        return "0E0"
    sign, digits, exponent = value.as_tuple()
    shown = "".join(map(str, digits)).rstrip("0") or "0"
    power = len(digits) + int(exponent) - 1
    mantissa = shown[0] + ("." + shown[1:] if len(shown) > 1 else "")
    return f"{'-' if sign else ''}{mantissa}E{power}"


def _hexadecimal(value: Decimal, model: Model) -> str:
    slots = [item for item, literal in zip(model.elements, model.literal, strict=True) if not literal and item in "0Xx"]
    width = len(slots)
    number = int(value.to_integral_value(ROUND_HALF_UP))
    letter = "X" if "X" in slots else "x"
    digits = format(abs(number) if model.sign else number % 16**width if number < 0 else number, letter)
    if len(digits) > width:
        digits = "#" * width
    else:
        digits = digits.rjust(width, "0" if "0" in slots else " ")
    return _composed(list(digits), "", number < 0, model)


def _positions(value: Decimal, model: Model) -> str:
    places = [index for index, item in enumerate(model.elements) if not model.literal[index] and item in "09"]
    whole_slots = [index for index in places if index < model.point]
    fraction_slots = [index for index in places if index > model.point]
    power = _power(value, len(whole_slots), len(fraction_slots)) if model.exponent else 0
    rounded = abs(value).scaleb(-power).quantize(Decimal(1).scaleb(-len(fraction_slots)), ROUND_HALF_UP)
    whole, _, fraction = format(rounded, "f").partition(".")
    forced = [index for index in places if model.elements[index] == "0"]
    if whole == "0" and (model.blank_zero or not whole_slots):
        whole = ""
    if len(whole) > len(whole_slots):
        signs = ["#"] * len(places)
    else:
        lead = [("0" if any(at <= index for at in forced) else " ") for index in whole_slots]
        signs = lead[: len(lead) - len(whole)] + list(whole)
        tail = list(fraction)
        for at in range(len(fraction_slots) - 1, -1, -1):
            if tail[at] != "0" or any(index >= fraction_slots[at] for index in forced):
                break
            tail[at] = " "
        signs += tail
    return _composed(signs, _exponent(power, model.exponent), value < 0 and bool(rounded), model)


def _power(value: Decimal, whole: int, places: int) -> int:
    """The power of ten of a number that is shown with ``whole`` digits before the point."""
    if not value:
        return 0
    power = value.adjusted() - max(whole, 1) + 1
    shown = abs(value).scaleb(-power).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return power + 1 if shown >= Decimal(10) ** max(whole, 1) else power


def _exponent(power: int, element: str) -> str:
    if not element:
        return ""
    letter, width = element[0], len(element)
    if width == 2:
        return f"{letter}{power}".ljust(_VARIABLE_EXPONENT)
    digits = str(abs(power)).rjust(width - 2, "0")
    shown = digits if len(digits) <= width - 2 else "#" * (width - 2)
    return f"{letter}{'-' if power < 0 else '+'}{shown}"


def _composed(signs: list[str], exponent: str, negative: bool, model: Model) -> str:
    """The signs in their places, with the literals between them; the numeric sign and ``$`` stand before the number."""
    blank = "" if model.fill else " "
    parts: list[str] = []
    lead: int | None = None
    rest = iter(signs)
    for index, (item, literal) in enumerate(zip(model.elements, model.literal, strict=True)):
        word = item.upper()
        if literal:
            parts.append(item)
        elif word in ("0", "9", "X"):
            sign = next(rest)
            lead = len(parts) if lead is None and sign != " " else lead
            parts.append(blank if sign == " " else sign)
        elif word in (",", "G"):
            parts.append("," if lead is not None else blank)
        elif word in (".", "D"):
            lead = len(parts) if lead is None else lead
            parts.append(".")
        elif word.startswith("EE"):
            parts.append(exponent.rstrip() if model.fill else exponent)
        elif word == "%":
            parts.append("%")
        elif word == "$" and index > model.first:
            parts.append("$")
        elif word == "MI" or (word == "S" and model.sign_after):
            parts.append("-" if negative else "+" if word == "S" else blank)
    floating = ""
    if not model.sign and model.kind != "X":
        floating = "-" if negative else blank
    elif model.sign == "S" and not model.sign_after:
        floating = "-" if negative else "+"
    dollars = [i for i, item in enumerate(model.elements) if item == "$" and not model.literal[i] and i < model.first]
    at = len(parts) if lead is None else lead
    return "".join(parts[:at]) + floating + ("$" if dollars else "") + "".join(parts[at:])
