"""Spans of SQL statements, and how a statement carries its trace to a warehouse.

- Redshift: a comment at the end of the text, in the form of sqlcommenter (https://google.github.io/sqlcommenter/spec/):
  ``/*traceparent='00-…'*/``. It works with every login, the Data API included, takes no round trip, leaves the
  transaction alone and is kept in STL_QUERYTEXT and SYS_QUERY_HISTORY. ``SET query_group`` would have its effect on
  workload management, too.
- Snowflake: the statement's own QUERY_TAG, ``{"traceparent": "00-…"}``. The text stays as it is, so that Snowflake's
  result cache, which compares texts, still works.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager

from dw_simulator.observability import tracing
from dw_simulator.observability.logs import mask_secrets
from dw_simulator.observability.tracing import Attributes, Remote, Span

MAX_TEXT = 2_000
"""Characters of a statement that a span keeps."""

_MASKED_TEXT = 20_000
_COMMENT = re.compile(r"/\*(?:(?!\*/).)*\btraceparent\s*=(?:(?!\*/).)*\*/\s*;?\s*\Z", re.DOTALL)
_END = 8
_TRACEPARENT = re.compile(r"""traceparent["']?\s*[=:]\s*["']?([0-9A-Za-z-]+)""")
_WORD = re.compile(r"\s*(?:(?:--[^\n]*\n|/\*.*?\*/|\()\s*)*([A-Za-z]\w*)", re.DOTALL)


# --- what a span shows ------------------------------------------------------------------------------------------------
def query_text(sql: str) -> str:
    """A statement as a span shows it: secrets masked, the rest cut off (``db.query.text``)."""
    return mask_secrets(sql[:_MASKED_TEXT])[:MAX_TEXT]


def operation_name(sql: str) -> str:
    """The first word of a statement, in capitals (``db.operation.name``)."""
    found = _WORD.match(sql)
    return found[1].upper() if found else "STATEMENT"


def attributes_of(system: str, sql: str) -> dict[str, tracing.Value]:
    """https://opentelemetry.io/docs/specs/semconv/db/database-spans/"""
    return {
        "db.system.name": system,
        "db.operation.name": operation_name(sql),
        "db.query.text": query_text(sql),
    }


def client_span(system: str, sql: str, address: str, more: Attributes | None = None) -> AbstractContextManager[Span]:
    """A span of a statement that we send to a warehouse at ``address`` (``host:port``)."""
    if not tracing.is_on():
        return tracing.span_off()
    host, _, port = address.rpartition(":")
    attributes = attributes_of(system, sql) | {"server.address": host or address} | dict(more or {})
    if host and port.isdecimal():
        attributes["server.port"] = int(port)
    return tracing.span(operation_name(sql), attributes, kind="client")


def backend_span(system: str, sql: str) -> AbstractContextManager[Span]:
    """A span of what an emulator has its database do for a client; what it does for itself has none."""
    if not tracing.is_recording():
        return tracing.span_off()
    return tracing.span(operation_name(sql), attributes_of(system, sql), kind="client")


# --- towards a warehouse ----------------------------------------------------------------------------------------------
def commented(sql: str) -> str:
    """``sql`` with the span around this code in a comment at its end; as it is when there is none."""
    traceparent = tracing.current_traceparent()
    if traceparent is None:
        return sql
    # On a line of its own: the text may end with a comment that goes to the end of the line.
    return f"{sql.rstrip().removesuffix(';')}\n/*traceparent='{traceparent}'*/"


def query_tag() -> str | None:
    """A QUERY_TAG with the span around this code; None when there is none."""
    traceparent = tracing.current_traceparent()
    return None if traceparent is None else f'{{"traceparent": "{traceparent}"}}'


# --- in a warehouse ---------------------------------------------------------------------------------------------------
def without_comment(sql: str) -> str:
    """``sql`` without the comment at its end that names a trace: the same statement has the same text then."""
    found = _comment(sql)
    return sql if found is None else sql[: found.start()].rstrip()


def commented_parent(sql: str) -> Remote | None:
    """The span that the comment at the end of a statement names."""
    found = _comment(sql) if tracing.is_on() else None
    return None if found is None else tagged_parent(found[0])


def _comment(sql: str) -> re.Match[str] | None:
    # On the way of every statement, some of them megabytes long: look at the end only.
    return _COMMENT.match(sql, sql.rfind("/*")) if "*/" in sql[-_END:] else None


def tagged_parent(text: str | None) -> Remote | None:
    """The span that a tag (QUERY_TAG, query_group, application_name) names: ``traceparent=…`` anywhere in it."""
    if not text or not tracing.is_on() or "traceparent" not in text:
        return None
    found = _TRACEPARENT.search(text)
    return None if found is None else tracing.remote_parent(found[1])
