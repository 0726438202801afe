"""Transcripts of messages that pass as they came: what PostgreSQL gets at once, and what waits for the dispatcher."""

import asyncio
from types import SimpleNamespace

import pytest

from dw_simulator.config.settings import load_settings
from dw_simulator.emulators.redshift.backend import Backend
from dw_simulator.emulators.redshift.client import Client
from dw_simulator.emulators.redshift.commands.translating import Generation, translator
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

    async def _write(self, sql, database, data):
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
        assert talk.taken == [False, True, True, True]
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
        assert talk.taken == [False, True, True, False]

    in_loop(work)


TABLE = {"id": "integer", "name": "character varying(10)", "data": "super"}
TEMPLATES = [
    ("select id from t where id = 1", "select id from t where id = 23456"),
    ("select id from t where id = 1;", "select id from t where id = 99999999999999999999;"),
    ("select id from t where id = 1.5", "select id from t where id = 0.25"),
    ("select id from t where name = 'a' and id=1", "select id from t where name = 'it''s -1 $1' and id=2"),
    ("select nvl(id, 0) from t where id = -1", "select nvl(id, 7) from t where id = -23"),
    ("select nvl(id, 0) as b from t limit 1;", "select nvl(id, 2) as b from t limit 3;"),
    ("insert into t (id, data) values (1, 'a')", "insert into t (id, data) values (2, '[1]')"),
    ("update t set id = id + 1 where id = 1", "update t set id = id + 5 where id = 99"),
    ("delete from t where id = 1", "delete from t where id = 2"),
    ("select round(id, 1) from t order by nvl(1, 2)", "select round(id, 2) from t order by nvl(2, 1)"),
]
LEFT_TO_PLANNING = [
    ("select id from t where id = 1", "select id from t where id = 1.5"),
    ("select id from t where id = 1", "select id from t where id = '1'"),
    ("select id from t where id = 1", "select id from t where id = 1 -- 2"),
    ("select id from t where id = 1", "select id from t where id = 1 /* 2 */"),
    ("select id from t where name = 'a'", "select id from t where name = 'a\\'"),
    ("select id from t where name = 'a'", "select id from t where name = '\u00e9'"),
    ("select id from t where name = 'a'", "select id from t where name = 'a"),
    ('select "id" from t where id = 1', 'select "id" from t where id = 2'),
    ("select nvl(name, 'a') from t", "select nvl(name, 'b -- c') from t"),
    ("select datediff('day', id, id) from t", "select datediff('month', id, id) from t"),
    ("select 1", "select 2"),
    ("select 'a' as b", "select 'c' as b"),
    ("select id from t where id = 1", "select id from u where id = 2"),
    ("select query from stl_query where query = 1", "select query from stl_query where query = 2"),
]


def taught(talk, first):
    """A session that knows the table and has run a statement."""
    translator(talk.session)._tables.update({("t",): TABLE, ("u",): TABLE})
    talk.ask(m.query(first))
    talk.get(answer())


@pytest.mark.parametrize(("first", "second"), TEMPLATES)
def test_a_query_with_other_literals_is_sent_as_one_that_is_planned(in_loop, first, second):
    planned = []

    def alone(talk):
        translator(talk.session)._tables.update({("t",): TABLE})
        planned.extend(talk.ask(m.query(second)))

    def work(talk):
        taught(talk, first)
        assert talk.ask(m.query(second)) == planned
        assert talk.taken == [False, True]
        assert talk.history._running[2].statement == second.rstrip(";")
        talk.get(answer())
        assert talk.session.last_query_id == 2

    in_loop(alone)
    in_loop(work)


@pytest.mark.parametrize(("first", "second"), LEFT_TO_PLANNING)
def test_what_may_be_another_template_is_planned(in_loop, first, second):
    def work(talk):
        taught(talk, first)
        talk.ask(m.query(second))
        assert not talk.taken[-1]

    in_loop(work)


def test_only_a_whole_query_by_itself_has_a_template(in_loop):
    first, second = (m.query(f"select id from t where id = {number}") for number in (1, 2))

    def work(talk):
        taught(talk, "select id from t where id = 1")
        for data, rest in ((second + first, b""), (second[:-1], second[-1:])):
            talk.ask(data)
            assert not talk.taken[-1]
            if rest:
                talk.ask(rest)
            talk.get(2 * answer())
        nul = m.query("select id from t where id = 2\0")
        talk.client.transport.close = lambda: None
        talk.ask(nul)
        assert not talk.taken[-1]

    in_loop(work)


@pytest.mark.parametrize(
    "change",
    [
        lambda talk: Generation.advance(),
        lambda talk: talk.session.backend.masked.add("dev", "t"),
        lambda talk: talk.session.backend.external.watch("dev", {"spectrum"}),
        lambda talk: talk.client.dispatcher.express.forget(),
        lambda talk: talk.client.inbox.append(m.SYNC),
    ],
    ids=["a catalog changed", "a table was masked", "an external schema came", "a command ran", "something waits"],
)
def test_what_changes_plans_makes_a_template_be_planned_again(in_loop, change):
    def work(talk):
        taught(talk, "select id from t where id = 1")
        talk.ask(m.query("select id from t where id = 2"))
        talk.get(answer())
        assert talk.taken[-1]
        change(talk)
        talk.client.dispatcher.pump = lambda: None
        talk.ask(m.query("select id from t where id = 3"))
        assert not talk.taken[-1]

    in_loop(work)


def finished(talk, tag, status):
    return talk.get(m.command_complete(tag) + m.ready_for_query(status))


def test_transactions_that_change_no_catalog_leave_what_is_known(in_loop):
    def work(talk):
        for number in range(4):
            talk.ask(m.query("BEGIN"))
            finished(talk, "BEGIN", "T")
            assert talk.ask(m.query(f"select nvl(1, {number})")) == [m.query(f"SELECT coalesce(1, {number})")]
            finished(talk, "SELECT 1", "T")
            talk.ask(m.query("COMMIT"))
            finished(talk, "COMMIT", "I")
        assert talk.taken == 3 * [False] + 9 * [True]

    before = Generation.number
    in_loop(work)
    assert Generation.number == before


@pytest.mark.parametrize("ending", ["COMMIT", "ROLLBACK"])
def test_transactions_that_change_a_catalog_end_what_is_known(in_loop, ending):
    def work(talk):
        talk.ask(m.query("begin"))
        finished(talk, "BEGIN", "T")
        talk.ask(m.query("select 1 as a into t"))
        finished(talk, "SELECT 1", "T")
        for _ in range(2):
            talk.ask(SELECT)
            finished(talk, "SELECT 1", "T")
        assert talk.taken[-1]
        before = Generation.number
        talk.ask(m.query(ending))
        assert Generation.number == before
        finished(talk, ending, "I")
        assert Generation.number > before
        talk.ask(SELECT)
        assert not talk.taken[-1]

    in_loop(work)


def test_a_definition_that_was_sent_before_others_had_ended(in_loop):
    def work(talk):
        talk.ask(SELECT)
        talk.ask(m.query("create table t (a int)"))
        finished(talk, "SELECT 1", "I")
        before = Generation.number
        finished(talk, "CREATE TABLE", "I")
        assert Generation.number == before + 1
        talk.ask(SELECT)
        finished(talk, "SELECT 1", "I")
        assert Generation.number == before + 1

    in_loop(work)


def test_while_a_procedure_runs_nothing_is_known(in_loop, monkeypatch):
    def work(talk):
        taught(talk, "select id from t where id = 1")
        monkeypatch.setattr(Generation, "procedures", 1)
        for _ in range(2):
            talk.ask(m.query("select id from t where id = 2"))
            talk.get(answer())
            assert not talk.taken[-1]

    in_loop(work)


def test_a_prepared_definition_is_no_quick_matter(in_loop):
    def work(talk):
        talk.ask(m.parse(b"s", b"create table t (a int)", b"\0\0") + m.SYNC)
        talk.get(m.PARSE_COMPLETE + m.ready_for_query("I"))
        before = Generation.number
        talk.ask(RUN)
        assert not talk.taken[-1]
        assert Generation.number == before + 1
        talk.get(m.BIND_COMPLETE + m.NO_DATA + m.command_complete("CREATE TABLE") + m.ready_for_query("I"))
        assert Generation.number == before + 2

    in_loop(work)


def test_names_that_are_watched_keep_templates_from_being_learned(in_loop):
    def work(talk):
        talk.session.backend.masked.add("dev", "other")
        taught(talk, "select id from t where id = 1")
        talk.ask(m.query("select id from t where id = 2"))
        assert not talk.taken[-1]

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
