"""The one logging set-up: readable lines on a terminal, JSON lines otherwise, and never a secret in either.

Log with ``logging.getLogger(__name__)``; fields go into ``extra``:
``log.info("loaded", extra={"table": name, "rows": n})``. What every line of a request, statement or run is to carry
is bound once, with :func:`bound` or :func:`bind`.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from io import TextIOBase
from typing import Any, Literal, TextIO

Level = Literal["debug", "info", "warning", "error"]
Form = Literal["auto", "text", "json"]

LEVELS: dict[Level, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}

_SENSITIVE = "password|passwd|secret|access[_-]?key|secret[_-]?key|token|private[_-]?key|authorization|credentials"
_SECRET_NAME = rf"(?:[\w-]*(?:{_SENSITIVE}))"
_SECRET_FIELD = re.compile(_SECRET_NAME, re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"(?P<head>\b[a-z][a-z0-9+.-]*://[^/\s:@]*:)[^@\s/]+(?=@)", re.IGNORECASE)
_QUOTED_ONLY = re.compile(rf"(?P<name>{_SECRET_NAME}\s+)(?P<value>'[^']*')", re.IGNORECASE)
_NAMED_VALUE = re.compile(
    rf"""(?P<name>{_SECRET_NAME}["']?\s*[:=]\s*)(?:'[^']*'|"[^"]*"|(?:(?:bearer|basic)\s+)?[^\s,;&'")]+)""",
    re.IGNORECASE,
)
MASK = "****"


def mask_secrets(text: str) -> str:
    """``text`` with the values of passwords, keys and tokens replaced by ``****``.

    Understands ``name=value``, ``name: value``, SQL's ``PASSWORD 'value'`` and passwords in URLs.
    """
    masked = _PASSWORD_IN_URL.sub(rf"\g<head>{MASK}", text)
    masked = _QUOTED_ONLY.sub(rf"\g<name>'{MASK}'", masked)
    return _NAMED_VALUE.sub(rf"\g<name>{MASK}", masked)


_NOTHING: Mapping[str, object] = {}
_context: ContextVar[Mapping[str, object]] = ContextVar("log_context", default=_NOTHING)
_REQUEST_ID = re.compile(r"[\w.:+/=-]{1,128}", re.ASCII)


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Every line logged inside carries these fields: ``request_id``, ``query_id``, ``run_id``, ``experiment``, …"""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


def bind(**fields: object) -> None:
    """As :func:`bound`, to the end of this task or thread."""
    _context.set({**_context.get(), **fields})


def request_id(given: str | None) -> str:
    """The id that a client gave its request, if it may stand in a log and in a header, or a new one."""
    if given and _REQUEST_ID.fullmatch(given):
        return given
    return secrets.token_hex(8).upper()


def set_up_logging(
    service: str, *, level: Level = "info", form: Form = "auto", stream: TextIOBase | TextIO | None = None
) -> None:
    """Send this process's log records and warnings to ``stream`` (stderr), as the settings of the group ``log`` say.

    ``form``: ``auto`` writes readable lines on a terminal, JSON lines elsewhere.
    """
    target = sys.stderr if stream is None else stream
    readable = form == "text" or (form == "auto" and target.isatty())
    handler = logging.StreamHandler(target)
    handler.setFormatter(TextFormatter(service) if readable else JsonFormatter(service))
    logging.basicConfig(level=LEVELS[level], handlers=[handler], force=True)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a log that cannot be written (its terminal is gone, the disk is full) is lost


class JsonFormatter(logging.Formatter):
    """One JSON object a line: ``time``, ``level``, ``service``, ``logger``, ``message``, the fields, ``error``."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self.service,
            "logger": record.name,
            "message": mask_secrets(record.getMessage()),
        }
        entry.update(_fields(record))
        if record.exc_info:
            entry["error"] = mask_secrets(self.formatException(record.exc_info))
        return json.dumps(entry, default=str, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """``12:30:01 warning  message  field=value``, then the traceback if there is one."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        error = mask_secrets(self.formatException(record.exc_info)) if record.exc_info else None
        return readable_line(
            dt.datetime.fromtimestamp(record.created).astimezone(),
            record.levelname.lower(),
            mask_secrets(record.getMessage()),
            _fields(record),
            error,
        )


def readable_line(
    time: dt.datetime, level: str, message: str, fields: Mapping[str, object], error: str | None = None
) -> str:
    shown = "  ".join([message, *(f"{name}={value}" for name, value in fields.items())])
    line = f"{time:%H:%M:%S} {level:<7} {shown}"
    return f"{line}\n{error}" if error else line


def readable_from_json(line: str) -> str:
    """A line of a log file as :class:`TextFormatter` would have written it; a line that is not ours stays as it is."""
    if not line.startswith("{"):
        return line
    try:
        entry = json.loads(line)
        time = dt.datetime.fromisoformat(entry.pop("time")).astimezone()
        level, message = str(entry.pop("level")), str(entry.pop("message"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return line
    entry.pop("service", None)
    entry.pop("logger", None)
    error = entry.pop("error", None)
    return readable_line(time, level, message, entry, error)


def _fields(record: logging.LogRecord) -> dict[str, object]:
    own = ((name, value) for name, value in vars(record).items() if name not in _STANDARD_FIELDS)
    fields = {**_context.get(), **dict(own)}
    return {name: MASK if _SECRET_FIELD.fullmatch(name) else _field(value) for name, value in fields.items()}


def _field(value: object) -> object:
    return value if isinstance(value, int | float | bool | None) else mask_secrets(str(value))
