"""Options of COPY INTO. Vendor page: "COPY INTO <table>"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.stages.options import Options

_SKIP_FILE = re.compile(r"SKIP_FILE(?:_(\d+)(%)?)?$")


@dataclass(frozen=True, slots=True)
class OnError:
    """``action``: ABORT, CONTINUE or SKIP; a file is skipped from ``limit`` errors on (percent of its rows if so)."""

    action: str = "ABORT"
    limit: int = 1
    percent: bool = False

    @classmethod
    def parse(cls, text: str) -> OnError:
        upper = text.upper()
        if upper in ("ABORT_STATEMENT", "CONTINUE"):
            return cls(upper.partition("_")[0])
        match = _SKIP_FILE.match(upper)
        if match is None:
            raise errors.INVALID_PARAMETER_VALUE(text, "ON_ERROR")
        return cls("SKIP", int(match.group(1) or 1), bool(match.group(2)))

    def skips(self, problems: int, rows: int) -> bool:
        """Whether a file with so many bad rows is left out."""
        if self.action != "SKIP" or not problems:
            return False
        return problems * 100 > self.limit * rows if self.percent else problems >= self.limit

    def shown_limit(self, rows: int) -> int:
        """The column ``error_limit`` of the result."""
        if self.action == "CONTINUE":
            return rows
        return max(1, self.limit * rows // 100) if self.percent else self.limit


_NOT_EMULATED = ("RETURN_FAILED_ONLY", "LOAD_MODE", "INCLUDE_METADATA", "CLUSTER_AT_INGEST_TIME", "VALIDATION_MODE")


@dataclass(frozen=True, slots=True)
class CopyOptions:
    files: tuple[str, ...] | None = None
    pattern: str | None = None
    on_error: OnError = OnError()
    force: bool = False
    purge: bool = False
    match_by_name: str = "NONE"
    truncate: bool = False
    size_limit: int | None = None
    load_uncertain: bool = False

    @classmethod
    def parse(cls, options: Options) -> CopyOptions:
        """Takes what it knows out of ``options``.

        Raises:
            SnowflakeError: an option is unknown, or a value is not one it takes.
        """
        known = dict(options)
        files = known.pop("FILES", None)
        enforce = known.pop("ENFORCE_LENGTH", None)
        result = cls(
            files=tuple(map(str, files)) if isinstance(files, tuple) else (str(files),) if files else None,
            pattern=_text(known.pop("PATTERN", None)),
            on_error=OnError.parse(str(known.pop("ON_ERROR", "ABORT_STATEMENT"))),
            force=_boolean("FORCE", known.pop("FORCE", False)),
            purge=_boolean("PURGE", known.pop("PURGE", False)),
            match_by_name=str(known.pop("MATCH_BY_COLUMN_NAME", "NONE")).upper(),
            truncate=_boolean("TRUNCATECOLUMNS", known.pop("TRUNCATECOLUMNS", False)) or enforce is False,
            size_limit=known.pop("SIZE_LIMIT", None),
            load_uncertain=_boolean("LOAD_UNCERTAIN_FILES", known.pop("LOAD_UNCERTAIN_FILES", False)),
        )
        for name in _NOT_EMULATED:
            if known.pop(name, None) not in (None, False, "FULL_INGEST"):
                raise errors.UNSUPPORTED_FEATURE(f"COPY INTO … {name}")
        if known:
            raise errors.INVALID_PROPERTY(next(iter(known)), "COPY")
        if result.match_by_name not in ("NONE", "CASE_SENSITIVE", "CASE_INSENSITIVE"):
            raise errors.INVALID_PARAMETER_VALUE(result.match_by_name, "MATCH_BY_COLUMN_NAME")
        if result.files is not None and len(result.files) > 1000:
            raise SnowflakeError(1008, "22023", "SQL compilation error:\nFILES takes at most 1000 names")
        return result


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).upper() not in ("TRUE", "FALSE"):
        raise errors.INVALID_PARAMETER_VALUE(value, name)
    return str(value).upper() == "TRUE"
