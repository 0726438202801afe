"""Transcripts: what PostgreSQL sends, and what the client gets of it."""

import pytest

from dw_simulator.emulators.redshift.commands.types import Session
from dw_simulator.emulators.redshift.link import BackendLink
from dw_simulator.emulators.redshift.protocol import messages as m
from dw_simulator.emulators.redshift.protocol.framing import Message
from dw_simulator.emulators.redshift.relay import Pending, Relay

QUERY, PARSE, BIND, DESCRIBE, EXECUTE, CLOSE, SYNC = b"QPBDECS"


class Outlet:
    def __init__(self):
        self.sent = b""
        self.drains = 0
        self.error = None

    def send(self, data):
        self.sent += data

    def fatal(self, error):
        self.error = error

    def drained(self):
        self.drains += 1


@pytest.fixture
def relay():
    outlet, link = Outlet(), BackendLink()
    made = Relay(outlet, link, Session(settings=None, backend=None, user="awsuser", database="dev"))
    made.outlet, made.link = outlet, link
    link.attach(made)
    return made


def shown(stream):
    """(kind, body) of each message of a stream."""
    found = []
    while stream:
        length = int.from_bytes(stream[1:5], "big") + 1
        found.append((chr(stream[0]), stream[5:length]))
        stream = stream[length:]
    return found


def test_simple_query(relay):
    relay.expect(Pending(QUERY))
    relay.link.data_received(
        m.row_description([m.Field("a", type_oid=25)])
        + m.data_row([b"x"])
        + m.command_complete("SELECT 1")
        + m.ready_for_query("T")
    )
    kinds = shown(relay.outlet.sent)
    assert [kind for kind, _ in kinds] == ["T", "D", "C", "Z"]
    assert m.parse_row_description(kinds[0][1])[0].type_oid == 1043
    assert kinds[2][1] == b"SELECT\0"
    assert relay.link.status == "T"
    assert not relay.pending


def test_varbyte_prints_without_prefix(relay):
    relay.expect(Pending(QUERY))
    relay.link.data_received(m.row_description([m.Field("a", type_oid=17), m.Field("b", type_oid=23)]))
    relay.link.data_received(m.data_row([b"\\x616263", b"1"]) + m.data_row([None, b"2"]))
    relay.link.data_received(m.command_complete("SELECT 2") + m.ready_for_query("I"))
    rows = [m.parse_data_row(body) for kind, body in shown(relay.outlet.sent) if kind == "D"]
    assert rows == [(b"616263", b"1"), (None, b"2")]


def test_tags_of_a_rewritten_script(relay):
    relay.expect(Pending(QUERY, tags=(None, "VACUUM")))
    relay.link.data_received(m.command_complete("INSERT 0 1") + m.command_complete("SELECT 1") + m.ready_for_query("I"))
    assert [body for kind, body in shown(relay.outlet.sent) if kind == "C"] == [b"INSERT 0 1\0", b"VACUUM\0"]


def test_an_error_in_the_extended_protocol_skips_to_sync(relay):
    for kind in (PARSE, BIND, EXECUTE):
        relay.expect(Pending(kind))
    relay.link.data_received(m.PARSE_COMPLETE + m.error_response({"S": "ERROR", "C": "22012", "M": "division by zero"}))
    assert relay.skipping
    assert not relay.pending
    (_, parsed), (_, body) = shown(relay.outlet.sent)
    assert parsed == b""
    assert m.parse_fields(body) == {"S": "ERROR", "C": "22012", "M": "Divide by zero"}


def test_an_error_before_a_sync_that_was_sent_already(relay):
    for kind in (PARSE, BIND, EXECUTE, SYNC):
        relay.expect(Pending(kind))
    relay.link.data_received(m.error_response({"S": "ERROR", "C": "42601", "M": "x"}) + m.ready_for_query("I"))
    assert not relay.skipping
    assert relay.outlet.drains


def test_binary_results_are_asked_for_as_text_where_they_would_not_be_understood(relay):
    uuid, integer = 2950, 23
    relay.expect(Pending(PARSE, name=b"s"))
    relay.expect(Pending(DESCRIBE, name=b"s", of_statement=True))
    fields = [m.Field("u", type_oid=uuid), m.Field("i", type_oid=integer)]
    relay.link.data_received(m.PARSE_COMPLETE + m.parameter_description([25]) + m.row_description(fields))
    bind = m.bind(b"", b"s", (1,))
    adapted = relay.adapt_bind(Message(BIND, bind), b"", b"s")
    assert m.Bind.read(adapted[5:]).result_formats == (0, 1)


def test_only_parameters_redshift_has_are_reported(relay):
    relay.link.data_received(m.parameter_status("in_hot_standby", "off") + m.parameter_status("TimeZone", "UTC"))
    assert shown(relay.outlet.sent) == [("S", b"TimeZone\0UTC\0")]


def test_losing_the_server(relay):
    relay.link.connection_lost(None)
    assert relay.outlet.error.severity == "FATAL"


def _script():
    """Answers to a script and a batch: long and short rows, reshaped ones, a notice, an error, a changed parameter."""
    text, varbyte = m.row_description([m.Field("a", type_oid=25)]), m.row_description([m.Field("a", type_oid=17)])
    pending = [
        *(Pending(QUERY), Pending(PARSE), Pending(BIND), Pending(DESCRIBE), Pending(EXECUTE), Pending(SYNC)),
        *(Pending(QUERY), Pending(PARSE), Pending(BIND), Pending(SYNC)),
    ]
    answers = [
        *(text, m.data_row([b"x"]), m.data_row([None]), m.command_complete("SELECT 2")),
        *(varbyte, m.data_row([b"\\x6162"]), m.command_complete("SELECT 1")),
        *(m.notice_response({"S": "INFO", "C": "00000", "M": "hm"}), m.EMPTY_QUERY, m.command_complete("INSERT 0 1")),
        m.ready_for_query("T"),
        *(m.PARSE_COMPLETE, m.BIND_COMPLETE, text, m.data_row([b"y" * 300]), m.command_complete("SELECT 1")),
        m.ready_for_query("T"),
        *(m.error_response({"S": "ERROR", "C": "42601", "M": "no"}), m.ready_for_query("E")),
        *(m.PARSE_COMPLETE, m.error_response({"S": "ERROR", "C": "42601", "M": "no"}), m.ready_for_query("I")),
    ]
    return pending, answers


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 300, 5000])
def test_answers_are_the_same_however_the_stream_is_cut(relay, size):
    whole = Relay(Outlet(), BackendLink(), relay._session)
    whole._link.attach(whole)
    pending, answers = _script()
    for each in pending:
        relay.expect(each)
    for each in _script()[0]:
        whole.expect(each)
    stream = b"".join(answers)
    for start in range(0, len(stream), size):
        relay.link.data_received(stream[start : start + size])
    for answer in answers:
        for event in whole._link._scanner.feed(answer):
            whole.receive(event)
        whole.flushed()
    assert shown(relay.outlet.sent) == shown(whole._outlet.sent)
    assert not relay.pending
    assert not whole.pending
    assert relay.link.status == "I"
