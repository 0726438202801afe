"""CREATE FUNCTION and CREATE PROCEDURE in other languages. Vendor pages of that name."""

from __future__ import annotations

from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry

LANGUAGES = ("PYTHON", "JAVASCRIPT")
_TAKEN = ("RUNTIME_VERSION", "PACKAGES", "IMPORTS", "HANDLER", "EXTERNAL_ACCESS_INTEGRATIONS", "SECRETS",
          "ARTIFACT_REPOSITORY", "RESOURCE_CONSTRAINT")  # fmt: skip
_REFUSED = ("EXTERNAL_ACCESS_INTEGRATIONS", "SECRETS", "ARTIFACT_REPOSITORY", "RESOURCE_CONSTRAINT")


_SQL_ONLY = ("DECFLOAT", "UUID", "INTERVAL")
"""Types that only SQL has. Vendor pages: "Numeric data types", "UUID data type"."""


def take_options(entry: Entry, language: str, found: dict[str, Any]) -> None:
    """Put the options of a handler from ``found`` into the entry's properties.

    Raises:
        SnowflakeError: 000002 another language, or an option that is not emulated; 001421 no HANDLER.
    """
    kinds = [wanted for _, wanted, _ in entry.properties.get("arguments", [])]
    kinds.append(entry.properties.get("returns"))
    for kind in kinds:
        if isinstance(kind, dict) and str(kind.get("name")).startswith(_SQL_ONLY):
            raise errors.UNSUPPORTED_FEATURE(f"{kind['name']} in {language} functions and procedures")
    given = {name: found.pop(name) for name in _TAKEN if name in found}
    if language not in LANGUAGES:
        raise errors.UNSUPPORTED_FEATURE(f"{language} functions and procedures")
    for name in _REFUSED:
        if given.get(name):
            raise errors.UNSUPPORTED_FEATURE(f"{name} of functions and procedures")
    if language == "PYTHON" and not given.get("HANDLER"):
        raise errors.MISSING_OPTION("HANDLER")
    entry.properties |= {
        "language": language,
        "handler": given.get("HANDLER"),
        "runtime_version": given.get("RUNTIME_VERSION"),
        "packages": _listed(given.get("PACKAGES")),
        "imports": _listed(given.get("IMPORTS")),
    }


def _listed(value: Any) -> list[str]:
    items = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
    return [str(item) for item in items]
