"""Translated queries, kept by all that decides their translation."""

from __future__ import annotations

import threading
from collections import OrderedDict

from dw_simulator.emulators.snowflake.parameters import SessionParameters
from dw_simulator.emulators.snowflake.sessions import Session
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery

CACHED_STATEMENTS = 2000
TRANSLATION_PARAMETERS = (
    "TIMEZONE", "TIMESTAMP_TYPE_MAPPING", "DATE_OUTPUT_FORMAT", "TIME_OUTPUT_FORMAT", "TIMESTAMP_OUTPUT_FORMAT",
    "TIMESTAMP_NTZ_OUTPUT_FORMAT", "TIMESTAMP_LTZ_OUTPUT_FORMAT", "TIMESTAMP_TZ_OUTPUT_FORMAT", "DATE_INPUT_FORMAT",
    "TIME_INPUT_FORMAT", "TIMESTAMP_INPUT_FORMAT", "BINARY_INPUT_FORMAT", "BINARY_OUTPUT_FORMAT", "WEEK_START",
    "WEEK_OF_YEAR_POLICY", "QUOTED_IDENTIFIERS_IGNORE_CASE", "TWO_DIGIT_CENTURY_START",
    "SEARCH_PATH",
)  # fmt: skip
"""Parameters that change what SQL is emitted: part of a cached translation's key."""

TranslationKey = tuple[object, ...]


def translation_key(session: Session, sql: str, catalog_version: int, *, by_role: bool) -> TranslationKey:
    """``by_role``: what a name means depends on who asks, because roles are enforced."""
    changed = session.parameters.derived(_texts)
    who = (session.user, session.role, session.secondary_roles) if by_role else None
    return sql, session.database, session.schema, catalog_version, changed, who


def _texts(parameters: SessionParameters) -> tuple[str, ...]:
    return tuple(str(parameters[name]) for name in TRANSLATION_PARAMETERS)


class TranslationCache:
    """Thread-safe; gives up what was not used for longest."""

    def __init__(self) -> None:
        self._kept: OrderedDict[TranslationKey, BoundQuery] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: TranslationKey) -> BoundQuery | None:
        with self._guard:
            bound = self._kept.get(key)
            if bound is not None:
                self._kept.move_to_end(key)
        return bound

    def put(self, key: TranslationKey, bound: BoundQuery) -> None:
        with self._guard:
            self._kept[key] = bound
            while len(self._kept) > CACHED_STATEMENTS:
                self._kept.popitem(last=False)
