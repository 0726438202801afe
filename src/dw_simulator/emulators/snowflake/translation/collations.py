"""Collation specifications. Vendor page: "Collation support".

DuckDB compares by ICU's rules of a locale, without case and without accents. What it cannot do (punctuation left out,
upper case first) is refused by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.translation.typing import Typed

_LOCALES = frozenset(  # a text, as 130 short strings would be as many lines
    """af am ar ar_sa as az be bg bn bo br bs ca ceb chr cs cy da de de_at dsb dz ee el en en_us eo es et fa fa_af ff fi
    fil fo fr fr_ca fy ga gl gu ha haw he he_il hi hr hsb hu hy id id_id ig is it ja ka kk kl km kn ko kok ku ky lb lkt
    ln lo lt lv mk ml mn mr ms mt my nb nb_no ne nl nn no om or pa pa_in pl ps pt ro ru sa se si sk sl smn sq sr sr_ba
    sr_me sr_rs st sv sw ta te th tk tn to tr ug uk ur uz vi wae wo xh yi yo zh zh_cn zh_hk zh_mo zh_sg zh_tw zu
    """.split()  # noqa: SIM905
)
"""Locales that DuckDB has collations of."""
_OPTIONS = frozenset(("ci", "cs", "ai", "as", "pi", "ps", "fl", "fu", "upper", "lower", "trim", "ltrim", "rtrim"))


@dataclass(frozen=True, slots=True)
class Collation:
    """``name`` is DuckDB's (empty: by code points), ``case`` and ``trim`` are functions put around a value first."""

    name: str
    case: str
    trim: str

    def applied(self, sql: str) -> str:
        """A value that is compared by this collation."""
        for function in (self.trim, self.case):
            sql = f"{function}({sql})" if function else sql
        return f"({sql} COLLATE {self.name})" if self.name else sql


@lru_cache(maxsize=256)
def collation(spec: str) -> Collation:
    """The meaning of a specification.

    Raises:
        SnowflakeError: 002277, it is none; 000002, it cannot be emulated.
    """
    words = [word for word in spec.lower().split("-") if word]
    locale = words.pop(0) if words and words[0] not in _OPTIONS else ""
    if any(word not in _OPTIONS for word in words) or not _known(locale):
        raise errors.SnowflakeError(
            2277, "0A000", f"SQL compilation error:\nUnsupported collation specification '{spec}'"
        )
    for word in ("pi", "fu"):
        if word in words:
            raise errors.UNSUPPORTED_FEATURE(f"collation with {word}")
    parts = [*(["nocase"] if "ci" in words else []), *(["noaccent"] if "ai" in words else [])]
    language = locale if locale in _LOCALES else locale.partition("_")[0]
    parts += [language] if language not in ("", "utf8", "bin") else []
    case = next((word for word in ("upper", "lower") if word in words), "")
    return Collation(".".join(parts), case, next((word for word in ("trim", "ltrim", "rtrim") if word in words), ""))


def _known(locale: str) -> bool:
    return locale in ("", "utf8", "bin") or locale in _LOCALES or locale.partition("_")[0] in _LOCALES


def column_sql(sql: str, spec: str) -> str:
    """A stored column that is compared by its collation. ``upper`` and ``lower`` compare without case."""
    found = collation(spec)
    name = f"nocase.{found.name}".rstrip(".") if found.case and "nocase" not in found.name else found.name
    return f"({sql} COLLATE {name})" if name else sql


def check_column(spec: str) -> None:
    """Raises SnowflakeError: 002277 and 000002, no column can have that collation."""
    if collation(spec).trim:
        raise errors.UNSUPPORTED_FEATURE(f"columns with the collation {spec}")


def uncollated(value: Typed) -> Typed:
    """The value by code points: the outermost collation is taken away."""
    found = re.fullmatch(r"\((.*) COLLATE [\w.]+\)", value.sql, re.S) if value.collation is not None else None
    return value if found is None else replace(value, sql=found[1])


def _adopting(value: Typed, spec: str | None) -> Typed:
    """A value without a collation as the one that it is compared with: trimmed, in one case."""
    found = collation(spec or "")
    if value.kind != "TEXT" or not (found.trim or found.case):
        return value
    return replace(value, sql=Collation("", found.case, found.trim).applied(value.sql))


def reconciled(left: Typed, right: Typed) -> tuple[Typed, Typed]:
    """Two values that are compared: what COLLATE says comes before the collation of a column.

    Raises:
        SnowflakeError: 002322, both say something else.
    """
    if left.collation == right.collation:
        return left, right
    if not left.collation or not right.collation:
        return (left, _adopting(right, left.collation)) if left.collation else (_adopting(left, right.collation), right)
    if left.explicit == right.explicit:
        raise errors.INCOMPATIBLE_COLLATIONS(left.collation, right.collation)
    return (left, uncollated(right)) if left.explicit else (uncollated(left), right)
