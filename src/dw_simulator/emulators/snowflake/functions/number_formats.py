"""Numbers as text in a format model. Vendor page: "SQL format models" (numeric models)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from dw_simulator.emulators.snowflake import errors

_ELEMENT = re.compile(r'"[^"]*"|TM9|TME|TM|EEEEE|EEEE|EEE|EE|MI|FM|[09XxSBDGV$.,]|.', re.I | re.S)


@dataclass(frozen=True, slots=True)
class Model:
    """A model cut up: literals around the number, digits before and after the point, and what is said of the sign."""

    prefix: str
    suffix: str
    whole: str
    fraction: str
    has_point: bool
    kind: str
    sign: str
    sign_after: bool
    dollar: bool
    blank_zero: bool
    fill: bool


@lru_cache(maxsize=512)
def parsed(form: str) -> Model:
    """Raises 001008 for a model that is none."""
    elements = _ELEMENT.findall(form)
    literals = [index for index, element in enumerate(elements) if element.startswith('"')]
    core = [index for index, element in enumerate(elements) if not element.startswith('"')]
    if not core:
        raise errors.INVALID_PARAMETER_VALUE(form, "format")
    prefix = "".join(elements[index][1:-1] for index in literals if index < core[0])
    suffix = "".join(elements[index][1:-1] for index in literals if index > core[-1])
    words = [elements[index] for index in core]
    upper = [word.upper() for word in words]
    fixed = "".join(word for word in words if word.upper() not in ("FM", "MI", "S", "B", "$", "TM", "TM9", "TME"))
    whole, fraction, point = _split(fixed)
    kind = next((word for word in upper if word.startswith("TM")), "X" if "X" in fixed.upper() else "9")
    sign = "MI" if "MI" in upper else "S" if "S" in upper else ""
    after = bool(sign) and upper.index(sign) > next((i for i, w in enumerate(upper) if re.fullmatch("[09X]", w)), 0)
    return Model(prefix, suffix, whole, fraction, point, kind, sign, after, "$" in upper, "B" in upper, "FM" in upper)


def _split(fixed: str) -> tuple[str, str, bool]:
    match = re.search(r"[.D]", fixed, re.I) if "X" not in fixed.upper() else re.search(r"\\.", fixed)
    if match is None:
        return fixed, "", False
    return fixed[: match.start()], fixed[match.end() :], True


def format_number(text: str, form: str) -> str:
    """``text`` (a number as DuckDB prints it) in ``form``."""
    model = parsed(form)
    value = Decimal(text)
    if model.kind.startswith("TM"):
        body = _minimal(value, text, model.kind)
    elif model.kind == "X":
        body = _hexadecimal(value, model)
    else:
        body = _positions(value, model)
    return model.prefix + body + model.suffix


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
    width = len(model.whole)
    number = int(value.to_integral_value(ROUND_HALF_UP))
    upper = "X" in model.whole
    if model.sign:
        digits = format(abs(number), "X" if upper else "x")
        sign = "-" if number < 0 else "+" if model.sign == "S" else " "
    else:
        digits = format(number % 16**width if number < 0 else number, "X" if upper else "x")
        sign = ""
    if len(digits) > width:
        return "#" * (width + 1)
    zeros = "0" in model.whole
    padded = digits.rjust(width, "0" if zeros else " ")
    body = _with_sign(padded, sign, model)
    return body.strip() if model.fill else body


def _positions(value: Decimal, model: Model) -> str:
    places = len(re.findall(r"[09]", model.fraction))
    rounded = abs(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    whole, _, fraction = format(rounded, "f").partition(".")
    slots = len(re.findall(r"[09]", model.whole))
    if whole == "0" and ("0" not in model.whole) and model.has_point and slots == 0:
        whole = ""
    if len(whole) > slots:
        digits, fraction = re.sub("[09]", "#", model.whole), "#" * places
    elif whole == "0" and model.blank_zero:
        digits = " " * len(model.whole)
    else:
        digits = _whole(whole, model.whole)
    body = digits + ("." if model.has_point else "") + fraction
    negative = value < 0 and bool(rounded)
    sign = "-" if negative else "+" if model.sign == "S" else " "
    if model.dollar:
        body = re.sub(r"^( *)", lambda match: match.group() + "$", body, count=1)
    shown = _with_sign(body, sign, model)
    return shown.strip() if model.fill else shown


def _whole(whole: str, model: str) -> str:
    """Digits in the slots of a model from the right; leading 9s are blanks, 0s are zeros."""
    slots = [sign for sign in model if sign in "09,Gg"]
    digits = list(whole)
    result: list[str] = []
    for index in range(len(slots) - 1, -1, -1):
        forced = "0" in slots[: index + 1]
        if slots[index] in ",Gg":
            result.append("," if digits or "0" in slots[:index] else " ")
        elif digits:
            result.append(digits.pop())
        else:
            result.append("0" if forced else " ")
    return "".join(reversed(result))


def _with_sign(body: str, sign: str, model: Model) -> str:
    if model.sign_after:
        return body + sign
    if model.sign == "MI":
        return sign + body
    if not sign:
        return body
    stripped = body.lstrip(" ")
    return " " * (len(body) - len(stripped)) + sign + stripped
