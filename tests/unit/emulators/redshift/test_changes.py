"""What statements may change of the catalog, and when a generation of it ends."""

from types import SimpleNamespace

import pytest

from dw_simulator.emulators.redshift.commands import changes
from dw_simulator.emulators.redshift.commands.changes import change_of
from dw_simulator.emulators.redshift.commands.router import first_words
from dw_simulator.emulators.redshift.commands.translating import Generation
from dw_simulator.emulators.redshift.commands.types import Change, Session

NONE = """
select 1
/* a */ (select a from t)
with a as (select 1) select * from a
insert into t values (1)
insert into t select a from u
update t set a = 1
delete from t
values (1)
begin
start transaction
commit work
end
rollback
abort
copy t from 's3://b/k' iam_role 'r'
unload ('select 1') to 's3://b/k' iam_role 'r'
truncate t
show search_path
declare c cursor for select 1
fetch 5 from c
close c
prepare p as select 1
execute p
deallocate p
lock t
set query_group to 'a'
set enable_result_cache_for_session to off
reset query_group
"""
SESSION = """
set search_path to a, b
SET LOCAL "search_path" TO a
set session authorization 'u'
reset session authorization
reset search_path
reset all
set role r
set default_transaction_isolation to 'serializable'
select set_config('search_path', 'a', false)
insert into t select set_config('search_path', 'a', false)
"""
CATALOG = """
create table t (a int)
create temp table t (a int)
create table t as select 1 as a
select 1 as a into t
with b as (select 1 as a) select * into temp t from b
(select 1 as a into t)
alter table t rename to u
drop table t
create view v as select 1 as a
create or replace procedure p() as $$ begin null; end $$ language plpgsql
grant select on t to u
comment on table t is 'a'
refresh materialized view v
use d
vacuum
frobnicate
"""
CASES = [
    (sql, change)
    for change, texts in ((Change.NONE, NONE), (Change.SESSION, SESSION), (Change.CATALOG, CATALOG))
    for sql in texts.strip().splitlines()
]


@pytest.mark.parametrize(("sql", "change"), [*CASES, ("-- now\ncall p(1)", Change.PROCEDURE), ("", Change.CATALOG)])
def test_what_statements_may_change(sql, change):
    assert change_of(sql, first_words(sql)) is change


@pytest.fixture
def session():
    made = Session(settings=None, backend=SimpleNamespace(), user="u", database="d")
    yield made
    changes.end(made, settled=True)
    assert not Generation.procedures


def counts(session):
    return Generation.number, session.generation


def test_a_change_of_the_catalog_counts_at_its_beginning_and_its_end(session):
    before, _ = counts(session)
    changes.begin(session, Change.CATALOG)
    assert counts(session) == (before + 1, 0)
    changes.begin(session, Change.SESSION)
    changes.end(session, settled=True)
    assert Generation.number > before + 1
    after = counts(session)
    changes.end(session, settled=True)
    assert counts(session) == after


def test_a_change_of_the_session_counts_there_only(session):
    before, _ = counts(session)
    changes.begin(session, Change.SESSION)
    changes.end(session, settled=True)
    assert counts(session) == (before, 2)


def test_what_is_still_under_way_ends_later(session):
    changes.begin(session, Change.CATALOG)
    changes.end(session, settled=False)
    before, _ = counts(session)
    changes.end(session, settled=True)
    assert counts(session)[0] > before


def test_procedures_that_may_commit_are_counted_once(session):
    for _ in range(2):
        changes.begin(session, Change.PROCEDURE)
    assert Generation.procedures == 1
    changes.end(session, settled=False)
    assert Generation.procedures == 1
    changes.end(session, settled=True)
    assert Generation.procedures == 0
    session.transaction_status = "T"
    changes.begin(session, Change.PROCEDURE)
    assert (Generation.procedures, session.change) == (0, Change.CATALOG)
