"""What PostgreSQL answers to forwarded messages, on its way to the client: mapped or spliced."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from dw_simulator.emulators.redshift.commands import changes
from dw_simulator.emulators.redshift.commands.types import Session
from dw_simulator.emulators.redshift.errors import FatalError, reword
from dw_simulator.emulators.redshift.history import Entry, QueryHistory
from dw_simulator.emulators.redshift.link import BackendLink
from dw_simulator.emulators.redshift.protocol import messages
from dw_simulator.emulators.redshift.protocol.framing import Message
from dw_simulator.emulators.redshift.protocol.types import (
    INTERVAL,
    KNOWN,
    STRINGS,
    Reshape,
    binary_is_text,
    client_oid,
    map_field,
    reshape_row,
)
from dw_simulator.emulators.redshift.short_names import lengthened
from dw_simulator.emulators.redshift.wordings import worded

_QUERY, _PARSE, _BIND, _DESCRIBE, _EXECUTE, _CLOSE, _SYNC = b"QPBDECS"
_ROWS, _PARAMETERS, _NO_DATA, _ROW = b"TtnD"
_COMPLETE, _EMPTY, _SUSPENDED, _ERROR, _NOTICE, _READY, _STATUS = b"CIsENZS"
_PARSED, _BOUND, _CLOSED = b"123"

_PLAIN_ANSWERS = frozenset((_PARSED, _BOUND, _CLOSED, _NO_DATA, _SUSPENDED))
"""Answers that pass as they are and end what they answer."""

_TAKEN = frozenset((_ROWS, _COMPLETE))
_LENGTH = struct.Struct("!i").unpack_from

REPORTED = frozenset(
    ("client_encoding", "DateStyle", "TimeZone", "session_authorization", "is_superuser", "server_encoding")
)
"""Parameters whose changes Redshift reports; PostgreSQL reports more."""

_CACHE_SIZE = 2048


@dataclass(slots=True)
class Pending:
    """A message that has been forwarded and not been answered. ``kind`` is the frontend message's type byte."""

    kind: int
    name: bytes = b""
    of_statement: bool = False
    tags: tuple[str | None, ...] = ()
    rewritten: bool = False
    """PostgreSQL gets another text than the client sent: its error positions mean nothing to the client."""
    entry: Entry | None = None
    """The statement that it runs, for the history."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """A RowDescription as the client gets it, and how its rows change by column index."""

    raw: bytes
    reshapes: dict[int, Reshape]


_shapes: dict[tuple[bytes, bool, bool], _Shape] = {}


def shape_of(raw: bytes, session: Session) -> _Shape:
    """The client's form of a RowDescription message (cached by its bytes)."""
    upper = session.parameters.get("describe_field_name_in_uppercase") == "on"
    own_driver = session.own_driver
    shape = _shapes.get((raw, upper, own_driver))
    if shape is None:
        mapped = [map_field(field, own_driver=own_driver) for field in messages.parse_row_description(raw[5:])]
        reshapes = {index: reshape for index, (_, reshape) in enumerate(mapped) if reshape}
        shape = _Shape(
            messages.row_description([replace(field, name=_shown(field.name, upper=upper)) for field, _ in mapped]),
            reshapes,
        )
        if len(_shapes) >= _CACHE_SIZE:
            _shapes.clear()
        _shapes[raw, upper, own_driver] = shape
    return shape


def _shown(name: str, *, upper: bool) -> str:
    """A column's name; in upper case when the session wants that ("describe_field_name_in_uppercase")."""
    name = lengthened(name)
    return name.upper() if upper else name


def client_tag(tag: bytes) -> bytes:
    """Redshift reports no row count for SELECT."""
    return b"SELECT" if tag.startswith(b"SELECT ") else tag


class Outlet(Protocol):
    """Where a relay's output goes."""

    def send(self, data: bytes) -> None: ...

    def fatal(self, error: FatalError) -> None: ...

    def drained(self) -> None:
        """Everything that was forwarded has been answered."""
        ...


class Relay:
    """The receiver of a backend link while the client's messages are passed through."""

    def __init__(self, outlet: Outlet, link: BackendLink, session: Session) -> None:
        self._outlet = outlet
        self._link = link
        self._session = session
        self.pending: deque[Pending] = deque()
        self.skipping = False
        """An error in the extended protocol: messages are ignored until the next Sync."""
        self.settled = True
        """Nothing has been forwarded since PostgreSQL last said that it is ready."""
        self.recorder: Callable[[bytes], None] | None = None
        """Gets the answer to what was just forwarded, if it comes in one piece."""
        self._out: list[bytes] = []
        self._statement = 0
        self._reshapes: dict[int, Reshape] = {}
        self._portal_reshapes: dict[bytes, dict[int, Reshape]] = {}
        self._described: dict[bytes, list[messages.Field]] = {}
        self._adapted: set[bytes] = set()
        """Described statements with columns of types whose binary form the client may not read."""
        self._ended: list[tuple[Pending, bytes]] = []
        """Forwarded statements that have ended, with their CommandComplete, and are not in the history yet."""
        self._statement_tags: dict[bytes, str] = {}
        self._portal_tags: dict[bytes, str] = {}
        self.texts: dict[bytes, str] = {}
        """What the client sent as its prepared statements."""
        self._portal_texts: dict[bytes, str] = {}

    # --- towards the backend ---
    def expect(self, pending: Pending) -> None:
        self.settled = False
        if pending.kind == _PARSE:
            self._described.pop(pending.name, None)
            self._adapted.discard(pending.name)
            self._statement_tags.pop(pending.name, None)
            if pending.tags and pending.tags[0]:
                self._statement_tags[pending.name] = pending.tags[0]
        elif pending.kind == _EXECUTE:
            self._link.dirty = True
        self.pending.append(pending)
        if len(self.pending) == 1:
            self._head_changed()

    def adapts(self, statement: bytes) -> bool:
        """Whether `adapt_bind` may change a Bind message of this statement."""
        return statement in self._adapted

    def bind(self, portal: bytes, statement: bytes) -> None:
        """A Bind message is forwarded."""
        if self._portal_reshapes:
            self._portal_reshapes.pop(portal, None)
        if self._portal_tags:
            self._portal_tags.pop(portal, None)
        self._portal_texts[portal] = self.texts.get(statement, "")
        if statement in self._statement_tags:
            self._portal_tags[portal] = self._statement_tags[statement]

    def adapt_bind(self, message: Message, portal: bytes, statement: bytes) -> bytes:
        """A Bind message that asks for text where the client takes a type's binary form for VARCHAR's."""
        self.bind(portal, statement)
        if not self.adapts(statement):
            return message.raw
        fields = self._described[statement]
        bind = messages.Bind.read(message.body)
        formats = _spread(bind.result_formats, len(fields))
        wanted = [
            0 if code and field.type_oid not in KNOWN and not binary_is_text(field.type_oid) else code
            for field, code in zip(fields, formats, strict=True)
        ]
        own_driver = self._session.own_driver
        mapped = [
            map_field(replace(field, format=code), own_driver=own_driver)[1]
            for field, code in zip(fields, wanted, strict=True)
        ]
        reshapes = {index: reshape for index, reshape in enumerate(mapped) if reshape}
        if reshapes:
            self._portal_reshapes[portal] = reshapes
        tail = struct.pack(f"!h{len(wanted)}h", len(wanted), *wanted)
        return messages.message(b"B", message.body[: bind.formats_at] + tail)

    def begin(self, portal: bytes) -> Entry | None:
        """A forwarded Execute: its statement, for the history."""
        text = self._portal_texts.get(portal)
        history = self._session.history
        return history.begin(self._session, text) if text and history is not None else None

    # --- link.Receiver ---
    def take(self, data: bytes) -> int:
        """The usual short answers, without an object for each message: what `receive` does for them, in one loop."""
        position = start = 0
        last_header = len(data) - 5
        while position <= last_header:
            kind = data[position]
            after = position + _LENGTH(data, position + 1)[0] + 1
            if after > last_header + 5:
                break
            if kind == _ROW:
                if self._reshapes:
                    break
            elif kind in _PLAIN_ANSWERS:
                self._answered()
            elif kind == _READY:
                self._ready(data[position + 5])
            elif kind in _TAKEN:
                if position > start:
                    self._out.append(data[start:position])
                start = after
                if kind == _ROWS:
                    self._rows(data[position:after])
                else:
                    self._complete(data[position:after])
            else:
                break
            position = after
        if position > start:
            self._out.append(data[start:position])
        return position

    def receive(self, event: Message | bytes) -> None:
        if isinstance(event, bytes):
            self._out.append(event)
            return
        kind = event.kind
        if kind in _PLAIN_ANSWERS:
            self._out.append(event.raw)
            self._answered()
        elif kind == _ROW:
            self._out.append(messages.data_row(reshape_row(messages.parse_data_row(event.body), self._reshapes)))
        elif kind == _ROWS:
            self._rows(event.raw)
        elif kind == _COMPLETE:
            self._complete(event.raw)
        elif kind == _READY:
            self._out.append(event.raw)
            self._ready(event.raw[5])
        elif kind == _ERROR:
            self._error(event)
        elif kind == _NOTICE:
            if not self._link.asks(event):
                self._out.append(messages.notice_response(reword(messages.parse_fields(event.body))))
        elif kind == _STATUS:
            self._link.parameter(event)
            self._link.take_parameters()
            self.parameter(event)
        elif kind == _PARAMETERS:
            self._parameters(event)
        elif kind == _EMPTY:
            self._out.append(event.raw)
            if self.pending and self.pending[0].kind == _EXECUTE:
                self._answered()
        else:
            self._out.append(event.raw)

    def flushed(self) -> None:
        if self._out:
            out, self._out = self._out, []
            data = out[0] if len(out) == 1 else b"".join(out)
            self._outlet.send(data)
            if self.recorder is not None:
                recorder, self.recorder = self.recorder, None
                if self.settled:
                    recorder(data)
        if self._ended:
            self._note_ended()
        if not self.pending:
            self._outlet.drained()

    def lost(self, error: FatalError) -> None:
        self.flushed()
        self._outlet.fatal(error)

    def parameter(self, event: Message) -> None:
        """Pass on a ParameterStatus if Redshift has that parameter."""
        name, _ = messages.parse_parameter_status(event.body)
        if name in REPORTED:
            self._out.append(event.raw)

    # --- answers ---
    def _answered(self) -> None:
        if self.pending:
            self.pending.popleft()
            self._head_changed()

    def _head_changed(self) -> None:
        """The rows that may come next belong to the new head: look at them one by one only if they change."""
        self._statement = 0
        if not self._portal_reshapes and not self._reshapes:
            return
        head = self.pending[0] if self.pending else None
        executes = head is not None and head.kind == _EXECUTE
        self._set_reshapes(self._portal_reshapes.get(head.name, {}) if head and executes else {})

    def _set_reshapes(self, reshapes: dict[int, Reshape]) -> None:
        if reshapes or self._reshapes:
            self._reshapes = reshapes
            self._link.want_whole_rows(bool(reshapes))

    def _rows(self, raw: bytes) -> None:
        shape = shape_of(raw, self._session)
        self._out.append(shape.raw)
        head = self.pending[0] if self.pending else None
        if head is None or head.kind == _QUERY:
            self._set_reshapes(shape.reshapes)
            return
        if head.of_statement:
            self._describe(head.name, messages.parse_row_description(raw[5:]))
        elif shape.reshapes:
            self._portal_reshapes[head.name] = shape.reshapes
        self._answered()

    def _describe(self, statement: bytes, fields: list[messages.Field]) -> None:
        self._described[statement] = fields
        self._adapted.discard(statement)
        own_driver = self._session.own_driver
        if any(f.type_oid not in KNOWN or (own_driver and f.type_oid == INTERVAL) for f in fields):
            self._adapted.add(statement)

    def _parameters(self, event: Message) -> None:
        count = int.from_bytes(event.body[:2], "big")
        oids = struct.unpack_from(f"!{count}I", event.body, 2)
        # Only types whose values have the same bytes under either name: the client sends what the backend reads.
        self._out.append(messages.parameter_description([client_oid(oid) if oid in STRINGS else oid for oid in oids]))

    def _complete(self, raw: bytes) -> None:
        head = self.pending[0] if self.pending else None
        if head is not None and head.entry is not None:
            self._ended.append((head, raw))
        tag: str | None = None
        if head is not None and head.kind == _QUERY:
            tag = head.tags[self._statement] if self._statement < len(head.tags) else None
            self._statement += 1
        elif head is not None:
            tag = self._portal_tags.get(head.name)
        if tag is not None:
            self._out.append(messages.command_complete(tag))
        elif raw.startswith(b"SELECT ", 5):
            self._out.append(_SELECT)
        else:
            self._out.append(raw)
        if head is not None and head.kind == _EXECUTE:
            self._answered()
        elif self._reshapes:
            self._set_reshapes({})

    @staticmethod
    def _ending(history: QueryHistory, head: Pending, entry: Entry) -> Entry:
        """The statement of the head that has ended now: the next one of a script, if that of the entry had before."""
        if entry.ended:
            entry = head.entry = history.following(entry)
        return entry

    def _note_ended(self) -> None:
        """Only once the client has its answer."""
        history = self._session.history
        for head, raw in self._ended:
            if head.entry is not None and history is not None:
                history.succeed(self._ending(history, head, head.entry), raw)
        self._ended.clear()

    def _noted_error(self, event: Message) -> dict[str, str]:
        """The fields of an error in Redshift's words; the statement that failed is noted in the history."""
        self._note_ended()
        fields = reword(messages.parse_fields(event.body))
        head = self.pending[0] if self.pending else None
        history = self._session.history
        if head is None or history is None:
            return fields
        if head.entry is None and head.kind in (_PARSE, _BIND):
            head.entry = history.begin(self._session, self.texts.get(head.name, ""))
        if head.entry is not None:
            ending = self._ending(history, head, head.entry)
            fields = worded(fields, ending.statement)
            history.fail(ending, fields.get("C", ""), fields.get("M", ""))
        return fields

    def _error(self, event: Message) -> None:
        fields = self._noted_error(event)
        if self.pending and self.pending[0].rewritten:
            fields.pop("P", None)
        self._out.append(messages.error_response(fields))
        if not self.pending or self.pending[0].kind == _QUERY:
            return
        while self.pending and self.pending[0].kind != _SYNC:
            skipped = self.pending.popleft().entry
            if skipped is not None and not skipped.ended and self._session.history is not None:
                self._session.history.forget(skipped)
        self.skipping = not self.pending
        self._head_changed()

    def _ready(self, status: int) -> None:
        session = self._session
        self._link.status = session.transaction_status = chr(status)
        self._link.broken = self._link.dirty = False
        self._answered()
        self.settled = not self.pending
        if session.change and session.transaction_status == "I":
            changes.end(session, settled=self.settled)


_SELECT = messages.command_complete("SELECT")


def _spread(formats: tuple[int, ...], count: int) -> list[int]:
    """Result format codes of a Bind message, one a column."""
    if not formats:
        return [0] * count
    return list(formats) if len(formats) == count else [formats[0]] * count
