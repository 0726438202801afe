"""Options of COPY INTO. Vendor page: "COPY INTO <table>"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.stages.options import Options, boolean_option

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


_RETURN_ROWS = re.compile(r"RETURN_(\d+)_ROWS$")


@dataclass(frozen=True, slots=True)
class Validation:
    """VALIDATION_MODE: the first ``rows`` of the files, or all errors (``earlier``: also of files loaded in part)."""

    rows: int | None = None
    earlier: bool = False

    @classmethod
    def parse(cls, value: Any) -> Validation | None:
        if value is None:
            return None
        text = str(value).upper()
        match = _RETURN_ROWS.match(text)
        if match is not None and int(match.group(1)):
            return cls(int(match.group(1)))
        if text not in ("RETURN_ERRORS", "RETURN_ALL_ERRORS"):
            raise errors.INVALID_PARAMETER_VALUE(value, "VALIDATION_MODE")
        return cls(earlier=text == "RETURN_ALL_ERRORS")


METADATA_FIELDS = (
    "METADATA$FILENAME",
    "METADATA$FILE_ROW_NUMBER",
    "METADATA$FILE_CONTENT_KEY",
    "METADATA$FILE_LAST_MODIFIED",
    "METADATA$START_SCAN_TIME",
)
_NOT_EMULATED = ("LOAD_MODE", "CLUSTER_AT_INGEST_TIME")


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
    failed_only: bool = False
    metadata: tuple[tuple[str, str], ...] = ()
    """INCLUDE_METADATA: column of the table -> METADATA$ field."""
    validation: Validation | None = None

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
            force=boolean_option("FORCE", known.pop("FORCE", False)),
            purge=boolean_option("PURGE", known.pop("PURGE", False)),
            match_by_name=str(known.pop("MATCH_BY_COLUMN_NAME", "NONE")).upper(),
            truncate=boolean_option("TRUNCATECOLUMNS", known.pop("TRUNCATECOLUMNS", False)) or enforce is False,
            size_limit=_positive("SIZE_LIMIT", known.pop("SIZE_LIMIT", None)),
            load_uncertain=boolean_option("LOAD_UNCERTAIN_FILES", known.pop("LOAD_UNCERTAIN_FILES", False)),
            failed_only=boolean_option("RETURN_FAILED_ONLY", known.pop("RETURN_FAILED_ONLY", False)),
            metadata=_metadata(known.pop("INCLUDE_METADATA", None)),
            validation=Validation.parse(known.pop("VALIDATION_MODE", None)),
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
        if result.by_name and result.validation is not None:
            raise _clash("MATCH_BY_COLUMN_NAME", "the VALIDATION_MODE parameter")
        if result.metadata and not result.by_name:
            raise _clash("INCLUDE_METADATA", "a COPY without MATCH_BY_COLUMN_NAME")
        return result

    @property
    def by_name(self) -> bool:
        return self.match_by_name != "NONE"

    def check_transformation(self) -> None:
        """Raises SnowflakeError: an option that a COPY with a query in FROM does not take."""
        if self.validation is not None:
            raise _clash("VALIDATION_MODE", "a COPY that transforms data")
        if self.by_name:
            raise _clash("MATCH_BY_COLUMN_NAME", "a COPY that transforms data")


def _clash(option: str, other: str) -> SnowflakeError:
    return SnowflakeError(2019, "0A000", f"SQL compilation error:\n{option} cannot be used with {other}")


def _positive(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise errors.INVALID_PARAMETER_VALUE(value, name)
    return value


def _metadata(value: Any) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    if not isinstance(value, dict):
        raise errors.INVALID_PARAMETER_VALUE(value, "INCLUDE_METADATA")
    for field in value.values():
        if str(field).upper() not in METADATA_FIELDS:
            raise errors.INVALID_PARAMETER_VALUE(field, "INCLUDE_METADATA")
    return tuple((column, str(field).upper()) for column, field in value.items())


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
