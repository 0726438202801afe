"""Statements are planned once for all that differ in literals only: each gets what it would get alone."""

from types import SimpleNamespace

import pytest

from dw_simulator.emulators.redshift import planning
from dw_simulator.emulators.redshift.commands.translating import Generation, translator
from dw_simulator.emulators.redshift.commands.types import Session
from dw_simulator.emulators.redshift.errors import RedshiftError
from dw_simulator.emulators.redshift.masked import MaskedNames
from dw_simulator.emulators.redshift.planning import plan_script
from dw_simulator.emulators.redshift.translation.scan import Template

TABLE = {"id": "integer", "name": "character varying(10)", "data": "super"}


def session(**tables):
    external = SimpleNamespace(mentioned=lambda _database, sql: "ext_table" in sql)
    backend = SimpleNamespace(external=external, masked=MaskedNames(), lookups=SimpleNamespace(hits=0, misses=0))
    made = Session(settings=None, backend=backend, user="awsuser", database="dev")
    own = translator(made)
    own._tables.update({(name,): columns for name, columns in tables.items()})
    return made


def planned(sql, made):
    script = plan_script(sql, made)
    return script.forwardable, script.text, script.tags, script.waits, len(script.steps)


SAME_TEMPLATE = [
    ("select 1", "select 2"),
    ("select id from t where id = 1", "select id from t where id = 23456"),
    ("select id from t where name = 'a'", "select id from t where name = 'it''s -- ; /* $1 \u00e9'"),
    ("select nvl(id, 0) from t where id = -1", "select nvl(id, 7) from t where id = -23"),
    ("select nvl(id, 0) as b from t limit 1;", "select nvl(id, 2) as b from t limit 3;"),
    ("select nvl(id, 0) from t where id = 1;", "select nvl(id, 0) from t where id = 2"),
    ("select nvl(id, 0) from t where id = 1", "select nvl(id, 0) from t where id = 2;"),
    ("select nvl(id, 0) from t where name = ';';", "select nvl(id, 0) from t where name = 'a;b';"),
    ('select nvl(id, 0) from t where "Id 5" = 1', 'select nvl(id, 2) from t where "Id 5" = 3'),
    ("select nvl(name, 'a') from t -- 1", "select nvl(name, 'b') from t -- 1"),
    ("select nvl(name, '\u00e9') from t", "select nvl(name, 'e') from t"),
    ("select datediff('day', a, b) from t", "select datediff('month', a, b) from t"),
    ("select round(id, 1) from t", "select round(id, 2) from t"),
    ("insert into t (id, data) values (1, 'a')", "insert into t (id, data) values (2, '{\"a\": 1}')"),
    ("insert into u (id, name) values (1, 'a')", "insert into u (id, name) values (2, 'b')"),
    ("update t set id = id + 1 where id = 1", "update t set id = id + 5 where id = 99"),
    ("delete from t where id = 1", "delete from t where id = 2"),
    ("select id from t where name = 'a'", "select id from t where name = 'stl_query'"),
    ("select data.a[0] from t", "select data.a[1] from t"),
]


@pytest.mark.parametrize(("first", "second"), SAME_TEMPLATE)
def test_a_later_statement_gets_what_it_would_get_alone(first, second):
    tables = {"t": TABLE, "u": {"id": "integer", "name": "character varying(10)"}}
    planning._plain.clear()
    alone = planned(second, session(**tables))
    if "stl_" in second:
        alone = (*alone[:3], False, *alone[4:])  # it waits only because nobody looks whether the name is in a string
    planning._plain.clear()
    made = session(**tables)
    before = planned(first, made)
    assert planned(first, made) == before
    assert planned(second, made) == alone
    assert planned(second, made) == alone


def test_the_switches_of_a_session_are_kept_apart():
    made = session(t={"Id": "integer", "id": "integer"})
    statement = 'select nvl("Id", 0) from t'
    folded = planned(statement, made)
    made.parameters["enable_case_sensitive_identifier"] = "on"
    assert planned(statement, made) != folded
    made.parameters["enable_case_sensitive_identifier"] = "off"
    assert planned(statement, made) == folded


def test_another_catalog_is_asked_again():
    made = session(t={"id": "integer", "data": "character varying(10)"})
    statement = "insert into t (id, data) values (1, 'a')"
    assert planned(statement, made)[1] is None
    assert planned(statement, made)[1] is None
    Generation.advance()
    # The table is not known any more: only the catalog tells.
    assert planned(statement, made)[0] is False
    translator(made)._tables[("t",)] = TABLE
    assert planned(statement, made)[1] is not None


def test_external_tables_and_readers_of_the_history_wait_each_time():
    made = session()
    for _ in range(2):
        assert planned("select id from ext_table where id = 1", made)[3]
        assert planned("select query from stl_query where query = 1", made)[3]


def test_what_is_refused_is_refused_each_time():
    made = session()
    for _ in range(2):
        with pytest.raises(RedshiftError):
            plan_script("select st_buffer(id, 1) from t", made)


def test_a_semicolon_at_the_end_keeps_nothing_from_being_known():
    made = session(t=TABLE)
    first = plan_script("select nvl(id, 1) from t where id = 2;", made)
    assert plan_script("select nvl(id, 3) from t where id = 4;", made).pieces == first.pieces
    assert first.pieces


def test_hits_are_counted():
    made = session(t=TABLE)
    for number in range(3):
        plan_script(f"select nvl(id, {number}) from t", made)
    assert made.backend.lookups.hits == 2


PIECES = ("'", "''", "1", "2.5", ".", "a", " ", "$", "$1", "e5", ";", "(", ",", "_", "\n", "-", ":", "'x'", "$$")


@pytest.mark.parametrize("first", PIECES)
def test_the_quick_way_to_a_template_is_that_by_tokens(first):
    texts = [first + a + b + c for a in PIECES for b in PIECES for c in ("", "1", "'x'", " 7 ")]
    for text in texts:
        slow = Template.__new__(Template)
        slow._look_at_each_token(text)
        quick = Template(text)
        assert (quick.key, quick.literals) == (slow.key, slow.literals), text


def test_a_fault_of_ours_fails_the_statement_only(monkeypatch, caplog):
    def broken(_sql, _session):
        raise IndexError("list index out of range")

    monkeypatch.setattr(planning, "plan", broken)
    with pytest.raises(RedshiftError, match="internal error of the Redshift emulator: IndexError") as raised:
        plan_script("select nvl(1, 2)", session())
    assert raised.value.sqlstate == "XX000"
    assert "cannot plan a statement" in caplog.text
