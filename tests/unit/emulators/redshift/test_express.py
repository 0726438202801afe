"""Transcripts of messages that pass as they came: what PostgreSQL gets at once, and what waits for the dispatcher."""

import asyncio
from types import SimpleNamespace

import pytest

from dw_simulator.config.settings import load_settings
from dw_simulator.emulators.redshift.backend import Backend
from dw_simulator.emulators.redshift.client import Client
from dw_simulator.emulators.redshift.commands.translating import Generation
from dw_simulator.emulators.redshift.commands.types import Session
from dw_simulator.emulators.redshift.history import QueryHistory
from dw_simulator.emulators.redshift.link import BackendLink
from dw_simulator.emulators.redshift.protocol import messages as m

SELECT = m.query("select nvl(1, 2)")
REWRITTEN = m.query("SELECT coalesce(1, 2)")
DESCRIBE_STATEMENT = m.message(b"D", b"Ss\0")
RUN = m.bind(b"", b"s", ()) + m.message(b"D", b"P\0") + m.execute(b"") + m.SYNC


def answer(oid: int = 23) -> bytes:
    return (
        m.row_description([m.Field("a", type_oid=oid)])
        + m.data_row([b"1"])
        + m.command_complete("SELECT 1")
        + m.ready_for_query("I")
    )


class Wire:
    """A transport that keeps what is written."""

    def __init__(self):
        self.written = []

    def write(self, data):
        self.written.append(data)

    def set_write_buffer_limits(self, high):
        pass

    def get_extra_info(self, name):
        return None

    def is_closing(self):
        return False


class Talk:
    """A client whose session is open; ``sent`` and ``got`` give what passed since they were asked last."""

    def __init__(self, home):
        settings = load_settings({"home": str(home)}, use_running_stack=False)
        backend = Backend(settings)
        backend.history = self.history = QueryHistory(self._write)
        self.client = Client(SimpleNamespace(backend=backend, sessions=set()))
        self.link = BackendLink()
        self.link.connection_made(Wire())
        self.session = Session(settings, backend, "awsuser", "dev", history=backend.history)
        self.client.transport = wire = Wire()
        self.client._writer = SimpleNamespace(write=wire.write)
        self.client.frontend.started = True
        self.client.opened(self.link, self.session)

    async def _write(self, sql, database):
        return None

    def ask(self, data):
        """What PostgreSQL gets for what the client sends, as it is written."""
        self.link.transport.written.clear()
        self.client.data_received(data)
        return self.link.transport.written

    def get(self, data):
        self.client.transport.written.clear()
        self.link.data_received(data)
        return b"".join(self.client.transport.written)

    def prepare(self, oid=23):
        assert self.ask(m.parse(b"s", b"select a from t", b"\0\0") + DESCRIBE_STATEMENT + m.SYNC)
        self.get(
            m.PARSE_COMPLETE
            + m.parameter_description([])
            + m.row_description([m.Field("a", type_oid=oid)])
            + m.ready_for_query("I")
        )


@pytest.fixture
def in_loop(tmp_path):
    """Runs a function of a `Talk` on an event loop."""

    def run(work):
        async def main():
            talk = Talk(tmp_path)
            talk.taken = []
            take = talk.client.dispatcher.express.take

            def taking(data):
                talk.taken.append(take(data))
                return talk.taken[-1]

            talk.client.dispatcher.express.take = taking
            work(talk)
            await talk.history.close()

        asyncio.run(main())

    return run


def test_a_query_that_comes_again_is_sent_as_it_was(in_loop):
    def work(talk):
        for _ in range(4):
            assert talk.ask(SELECT) == [REWRITTEN]
            assert talk.get(answer()).endswith(m.ready_for_query("I"))
        assert talk.taken == [False, False, True, True]
        assert talk.session.query_id == talk.session.last_query_id == 4
        assert talk.session.backend.lookups.hits == 3

    in_loop(work)


def test_pipelined_queries_are_noted_in_order(in_loop):
    def work(talk):
        for _ in range(2):
            talk.ask(SELECT)
            talk.get(answer())
        talk.ask(SELECT)
        talk.ask(SELECT)
        assert talk.taken[-2:] == [True, True]
        assert talk.session.query_id == 4
        talk.get(answer())
        assert talk.session.last_query_id == 3
        talk.get(answer() + answer())
        assert talk.session.last_query_id == 4

    in_loop(work)


@pytest.mark.parametrize(
    "change",
    [
        lambda talk: Generation.advance(),
        lambda talk: talk.session.backend.masked.add("dev", "t"),
        lambda talk: talk.session.backend.external.watch("dev", {"spectrum"}),
        lambda talk: talk.client.dispatcher.express.forget(),
    ],
    ids=["a catalog changed", "a table was masked", "an external schema came", "a command ran"],
)
def test_what_changes_plans_makes_a_query_be_planned_again(in_loop, change):
    def work(talk):
        for _ in range(3):
            talk.ask(SELECT)
            talk.get(answer())
        change(talk)
        assert talk.ask(SELECT) == [REWRITTEN]
        assert talk.taken == [False, False, True, False]

    in_loop(work)


def test_a_prepared_statement_is_run_in_one_piece(in_loop):
    def work(talk):
        talk.prepare()
        assert talk.ask(RUN) == [RUN]
        assert talk.taken[-1]
        got = talk.get(m.BIND_COMPLETE + answer())
        assert got.startswith(m.BIND_COMPLETE)
        assert got.endswith(m.data_row([b"1"]) + m.command_complete("SELECT") + m.ready_for_query("I"))
        assert talk.session.last_query_id == 1
        assert not talk.client.dispatcher.busy

    in_loop(work)


@pytest.mark.parametrize("oid", [3802, 2950], ids=["jsonb", "uuid"])
def test_columns_that_change_on_the_way_are_looked_at(in_loop, oid):
    def work(talk):
        talk.prepare(oid)
        assert len(talk.ask(RUN)) == 1
        assert not talk.taken[-1]

    in_loop(work)


def test_half_a_message_waits_for_the_rest(in_loop):
    def work(talk):
        talk.prepare()
        assert talk.ask(RUN[:-3])
        assert not talk.taken[-1]
        assert b"".join(talk.ask(RUN[-3:])) == m.SYNC
        assert not talk.client.inbox

    in_loop(work)


def test_after_an_error_messages_are_skipped_until_sync(in_loop):
    def work(talk):
        talk.prepare()
        talk.ask(m.bind(b"", b"s", ()) + m.FLUSH)
        talk.get(m.error_response({"S": "ERROR", "C": "22P02", "M": "no"}))
        assert b"".join(talk.ask(RUN)) == m.SYNC
        assert not talk.taken[-1]

    in_loop(work)


@pytest.mark.parametrize(
    "data",
    [
        RUN[:1] + b"\0\0\0\3" + RUN[5:],
        RUN[:1] + b"\xff\xff\xff\xfa" + RUN[5:],
        m.bind(b"", b"s", ()) + b"S\xff\xff\xff\xfa",
        m.bind(b"", b"s", ()) + b"D\0\0\0\3" + m.SYNC,
        m.bind(b"", b"s", ()) + b"!\0\0\0\4",
    ],
)
def test_what_is_no_message_ends_the_session(in_loop, data):
    def work(talk):
        talk.prepare()
        talk.client.transport.written.clear()
        talk.client.transport.close = lambda: None
        talk.client.data_received(data)
        assert not talk.taken[-1]
        assert b"08P01" in b"".join(talk.client.transport.written)

    in_loop(work)


def test_the_same_messages_after_another_bind(in_loop):
    def work(talk):
        talk.prepare()
        for number in range(3):
            run = m.bind(b"", b"s", (number % 2,)) + m.message(b"D", b"P\0") + m.execute(b"") + m.SYNC
            assert talk.ask(run) == [run]
            talk.get(m.BIND_COMPLETE + answer())
        assert talk.taken == [False, True, True, True]
        assert talk.session.last_query_id == 3

    in_loop(work)
