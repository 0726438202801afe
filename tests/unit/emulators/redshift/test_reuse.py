"""Results that are answered again: which statements, when, and what is told of it."""

from functools import partial

import pytest
from tests.unit.emulators.redshift.test_express import DESCRIBE_STATEMENT, answer, in_loop  # noqa: F401 - a fixture

from dw_simulator.emulators.redshift.commands.translating import Generation
from dw_simulator.emulators.redshift.protocol import messages as m
from dw_simulator.emulators.redshift.reuse import is_constant, kept

ONE = m.query("select 1")
OTHER = m.query("select a from t")


@pytest.mark.parametrize(
    "text",
    ["select 1", " SELECT\n1 ;", "select 1 as a, 'x y' b, true, null", "select -5", "select $1::int", "select $1, $2"],
)
def test_what_can_never_change(text):
    assert is_constant(text)


@pytest.mark.parametrize(
    "text",
    [
        "select getdate()", "select current_user", "select a from t", "select 1.5", "select 'é'", "select 'a\\b'",
        "select date '2024-01-01'", "select 1; select 2", "select $1::timestamp", "select 1 -- x", "select 1 + 1",
        "select 12345678901", "select 1::float", "select count(*)", "select 'it''s'", f"select '{'x' * 600}'",
    ],
)  # fmt: skip
def test_what_may_change_or_is_not_looked_at(text):
    assert not is_constant(text)


@pytest.mark.parametrize("more", [m.error_response({"C": "42601"}), m.notice_response({"C": "00000"}), b"Z\0"])
def test_only_whole_answers_are_kept(more):
    whole = answer()
    assert kept(whole, 7).tag == "SELECT 1"
    assert kept(more + whole, 7) is None
    assert kept(whole[:-1], 7) is None
    assert kept(whole + whole, 7) is None
    assert kept(whole[:-6] + m.ready_for_query("T"), 7) is None


def _asked(talk, times=3, query=ONE):
    """Once to plan it, once more as it is known, and once as the result is kept."""
    for _ in range(times):
        assert talk.ask(query) == [query]
        talk.get(answer())


def _got(talk, query):
    """What the client gets at once, when PostgreSQL is not asked."""
    talk.client.transport.written.clear()
    assert talk.ask(query) == []
    return b"".join(talk.client.transport.written)


def test_a_constant_query_is_answered_again(in_loop):  # noqa: F811
    def work(talk):
        _asked(talk)
        shown = m.row_description([m.Field("a", type_oid=23)]) + m.data_row([b"1"]) + m.command_complete("SELECT")
        assert _got(talk, ONE) == shown + m.ready_for_query("I")
        assert talk.session.last_query_id == 4
        entry = talk.history._waiting[-1]
        assert (entry.number, entry.source, entry.rows, entry.text) == (4, 3, 1, "select 1")
        _asked(talk, 1, OTHER)
        assert _got(talk, ONE) == shown + m.ready_for_query("I")

    in_loop(work)


def _in_a_transaction(talk):
    talk.session.transaction_status = "T"


@pytest.mark.parametrize(
    "change",
    [
        _in_a_transaction,
        lambda talk: talk.session.parameters.update(enable_result_cache_for_session="off"),
        lambda talk: talk.ask(OTHER),
        lambda talk: Generation.advance(),
        lambda talk: talk.client.dispatcher.express.forget(),
        lambda talk: setattr(talk.link, "dirty", True),
    ],
    ids=["in a transaction", "switched off", "while another runs", "a catalog changed", "a command ran", "unfinished"],
)
def test_when_it_is_asked_all_the_same(in_loop, change):  # noqa: F811
    def work(talk):
        _asked(talk)
        change(talk)
        assert talk.ask(ONE)[-1:] == [ONE]

    in_loop(work)


def test_postgresql_is_told_of_the_end_of_an_unnamed_statement(in_loop):  # noqa: F811
    def work(talk):
        _asked(talk)
        talk.ask(m.parse(b"", b"select a from t", b"\0\0") + m.SYNC)
        talk.get(m.PARSE_COMPLETE + m.ready_for_query("I"))
        _asked(talk, 1)
        assert _got(talk, ONE).endswith(m.ready_for_query("I"))

    in_loop(work)


def test_an_answer_in_pieces_is_not_kept(in_loop):  # noqa: F811
    def work(talk):
        _asked(talk, 2)
        assert talk.ask(ONE) == [ONE]
        talk.get(answer()[:-6])
        talk.get(answer()[-6:])
        _asked(talk, 1)
        assert _got(talk, ONE).endswith(m.ready_for_query("I"))

    in_loop(work)


def _prepare(talk, text=b"select $1::int"):
    talk.ask(m.parse(b"s", text, b"\0\0") + DESCRIBE_STATEMENT + m.SYNC)
    described = m.parameter_description([23]) + m.row_description([m.Field("a", type_oid=23)])
    talk.get(m.PARSE_COMPLETE + described + m.ready_for_query("I"))


def _run(value):
    bound = b"\0s\0" + b"\0\0" + b"\0\1" + len(value).to_bytes(4, "big") + value + b"\0\0"
    return m.message(b"B", bound) + m.message(b"D", b"P\0") + m.execute(b"") + m.SYNC


def test_a_run_of_a_prepared_statement_is_answered_again(in_loop):  # noqa: F811
    def work(talk):
        _prepare(talk)
        for value in (b"1", b"2"):
            assert talk.ask(_run(value)) == [_run(value)]
            talk.get(m.BIND_COMPLETE + answer())
        again = _got(talk, _run(b"1"))
        assert again.startswith(m.BIND_COMPLETE)
        assert again.endswith(m.command_complete("SELECT") + m.ready_for_query("I"))
        assert talk.history._waiting[-1].source == 1
        assert talk.ask(_run(b"3")) == [_run(b"3")]

    in_loop(work)


@pytest.mark.parametrize(
    "between",
    [
        _prepare,
        lambda talk: talk.get(m.ready_for_query("I")) if talk.ask(m.message(b"C", b"Ss\0") + m.SYNC) else None,
        partial(_asked, times=1, query=OTHER),
    ],
    ids=["parsed again", "closed", "another query"],
)
def test_prepared_statements_may_have_changed(in_loop, between):  # noqa: F811
    def work(talk):
        _prepare(talk)
        assert talk.ask(_run(b"1"))
        talk.get(m.BIND_COMPLETE + answer())
        between(talk)
        assert b"".join(talk.ask(_run(b"1"))).startswith(b"B")

    in_loop(work)
