"""Translations kept by text, and by template for statements that differ in literals only."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Generic, TypeVar

from dw_simulator.emulators.redshift.errors import RedshiftError
from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.scan import Template
from dw_simulator.emulators.redshift.translation.translator import translate

Value = TypeVar("Value")

_NUMBER_BASE = 700_700_000
_MAX_TEXT = 20_000
"""Longer statements are translated each time: they hardly come twice."""


class Lru(Generic[Value]):
    """The last ``size`` entries that were asked for."""

    def __init__(self, size: int) -> None:
        self._entries: OrderedDict[str, Value] = OrderedDict()
        self._size = size

    def get(self, key: str) -> Value | None:
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: str, value: Value) -> None:
        self._entries[key] = value
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def clear(self) -> None:
        self._entries.clear()


class TranslationCache:
    """Translates through two levels: the exact text, then the template.

    A translation that reads the value of a literal (a date part given as a string, a number that decides a scale) is no
    template: the phases say so by ``Context.inspected_literal``.
    """

    def __init__(self, size: int = 2048) -> None:
        self._texts: Lru[str] = Lru(size)
        self._templates: Lru[tuple[str, ...] | bool] = Lru(size)

    def clear(self) -> None:
        self._texts.clear()
        self._templates.clear()

    def known(self, sql: str) -> str | None:
        """The translation of this text or of its template, if it is there."""
        found = self._texts.get(sql)
        if found is not None or len(sql) > _MAX_TEXT:
            return found
        template = Template(sql)
        pieces = self._templates.get(template.key) if template.literals else None
        return filled(pieces, template.literals) if isinstance(pieces, tuple) else None

    def pieces(self, template: Template) -> tuple[str, ...] | None:
        """The translation of a template as text with gaps, if it is there: text, number of a literal, text, …"""
        found = self._templates.get(template.key)
        return found if isinstance(found, tuple) else None

    def translate(self, sql: str, context: Context, depends: TranslationCache | None = None) -> str:
        """As `translator.translate`; what depends on the catalog is kept in ``depends`` instead."""
        if len(sql) > _MAX_TEXT:
            return translate(sql, context)
        template = Template(sql)
        pieces: tuple[str, ...] | bool = False
        if template.literals and self._templates.get(template.key) is None:
            pieces = self._learn(template, context)
        result = filled(pieces, template.literals) if isinstance(pieces, tuple) else translate(sql, context)
        cache = depends if depends is not None and context.used_catalog else self
        cache._texts.put(sql, result)
        if template.literals and pieces is not False:
            cache._templates.put(template.key, pieces)
        return result

    def _learn(self, template: Template, context: Context) -> tuple[str, ...] | bool:
        """The translation as text with gaps: text, number of a literal, text, …; True when it is no template."""
        stand_ins = tuple(_stand_in(text, number) for number, text in enumerate(template.literals))
        context.inspected_literal = False
        pieces: tuple[str, ...] | bool = True
        try:
            translated = translate(template.with_literals(stand_ins), context)
        except RedshiftError:
            context.inspected_literal = True  # perhaps only the stand-in is wrong: let the statement itself tell
        if not context.inspected_literal:
            pieces = _pieces(translated, stand_ins)
        return pieces


def _stand_in(text: str, number: int) -> str:
    if text.startswith("'"):
        return f"'dwlit{number:04d}x'"
    fraction = ".5" if "." in text else ""
    return f"{_NUMBER_BASE + number}{fraction}"


def _pieces(translated: str, stand_ins: tuple[str, ...]) -> tuple[str, ...] | bool:
    pattern = "|".join(re.escape(stand_in) for stand_in in sorted(stand_ins, key=len, reverse=True))
    found = re.findall(pattern, translated)
    if set(found) != set(stand_ins):
        return True
    numbers = {stand_in: str(number) for number, stand_in in enumerate(stand_ins)}
    result = [
        numbers.get(part, part) if index % 2 else part
        for index, part in enumerate(re.split(f"({pattern})", translated))
    ]
    return tuple(result)


def filled(pieces: tuple[str, ...], literals: tuple[str, ...]) -> str:
    """A translation with its literals in the gaps."""
    return "".join([literals[int(piece)] if index % 2 else piece for index, piece in enumerate(pieces)])
