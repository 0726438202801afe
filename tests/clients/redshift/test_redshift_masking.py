"""Dynamic data masking, as "Dynamic data masking" and the pages below it describe it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

Connection = psycopg.Connection[Any]

CARDS = [(100, "4532993817514842"), (102, "5243112478902302")]


@pytest.fixture
def cards(connection: Connection) -> Iterator[Connection]:
    """A table of credit cards, a clerk and an analyst who may read it, and two policies that are not attached yet."""
    schema = connection.execute("select current_schema()").fetchone()[0]
    for statement in (
        "create table cards (id int, card varchar(256), note varchar(20) default 'none') distkey (id)",
        "insert into cards (id, card) values (100, '4532993817514842'), (102, '5243112478902302')",
        "create user mask_clerk password 'Abcd1234'",
        "create user mask_analyst password 'Abcd1234'",
        "create role mask_analytics",
        "grant role mask_analytics to mask_analyst",
        f"grant usage on schema {schema} to public",
        "grant select on cards to public",
        "create masking policy mask_full with (card varchar(256)) using ('000000XXXX0000'::text)",
        "create masking policy mask_partial with (card varchar(256))"
        " using (substring(card, 1, 4) || 'XXXX' || right(card, 4))",
    ):
        connection.execute(statement)
    yield connection
    connection.execute("reset session authorization")
    for user in ("mask_clerk", "mask_analyst"):
        connection.execute("drop table if exists cards cascade")
        connection.execute(f"revoke usage on schema {schema} from public")
        connection.execute(f"drop user {user}")
    connection.execute("drop role mask_analytics force")
    for (policy,) in connection.execute("select policy_name from svv_masking_policy").fetchall():
        connection.execute(f"drop masking policy {policy}")


def seen(connection: Connection, user: str, sql: str) -> list[tuple[Any, ...]]:
    connection.execute(f"set session authorization {user}")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.execute("reset session authorization")


def attach(connection: Connection) -> None:
    connection.execute("attach masking policy mask_full on cards(card) to public")
    connection.execute("attach masking policy mask_partial on cards(card) to role mask_analytics priority 10")


def test_the_highest_priority_decides(cards: Connection) -> None:
    attach(cards)
    query = "select card from cards order by id"
    assert seen(cards, "mask_clerk", query) == [("000000XXXX0000",)] * 2
    assert seen(cards, "mask_analyst", query) == [("4532XXXX4842",), ("5243XXXX2302",)]
    # A superuser is PUBLIC too, and no member of a role that was not granted.
    assert cards.execute(query).fetchall() == [("000000XXXX0000",)] * 2
    cards.execute("detach masking policy mask_full on cards(card) from public")
    assert seen(cards, "mask_clerk", query) == [(card,) for _, card in CARDS]
    assert cards.execute(query).fetchall() == [(card,) for _, card in CARDS]
    cards.execute("detach masking policy mask_partial on cards(card) from role mask_analytics")
    assert seen(cards, "mask_analyst", query) == [(card,) for _, card in CARDS]


def test_every_way_to_read(cards: Connection) -> None:
    """Views from before and after, prepared statements, cursors, procedures, tables made of it: all see the mask."""
    cards.execute("create view before as select id, card from cards")
    cards.execute("create view above as select card from before")
    for name, statement in (("reading", "select max(card) into result from cards"),
                            ("composing", "execute 'select max(card) from ' || 'cards' into result")):  # fmt: skip
        cards.execute(f"create procedure {name}(out result varchar) as $$ begin {statement}; end; $$ language plpgsql")
    cards.execute("prepare kept as select card from cards where id = 100")
    assert cards.execute("execute kept").fetchall() == [(CARDS[0][1],)]
    cards.execute("call reading()")
    cards.execute("attach masking policy mask_full on cards(card) to public")
    cards.execute("create view after as select * from cards")
    cards.execute("create table copied as select * from cards")
    masked = [("000000XXXX0000",)]
    for query in (
        "execute kept",
        "call reading()",
        "call composing()",
        "select distinct card from before",
        "select distinct card from above",
        "select distinct card from after",
        "select distinct card from copied",
        "with c as (select * from cards) select max(card) from c",
        "select distinct a.card from cards a join cards b on a.card = b.card",
        "select card from cards where id = 100 and card like '000%'",
        "select card from cards group by card having count(*) = 2",
    ):
        assert cards.execute(query).fetchall() == masked, query
    assert cards.execute("select count(*) from cards where card = %s", [CARDS[0][1]]).fetchall() == [(0,)]
    cards.execute("deallocate kept")


def test_the_reader_of_a_view_is_masked_not_its_owner(cards: Connection) -> None:
    cards.execute("create view shown as select id, card from cards")
    cards.execute("grant select on shown to public")
    cards.execute("attach masking policy mask_full on cards(card) to mask_clerk")
    assert cards.execute("select card from shown order by id").fetchall() == [(card,) for _, card in CARDS]
    assert seen(cards, "mask_clerk", "select distinct card from shown") == [("000000XXXX0000",)]


def test_what_depends_on_other_columns(cards: Connection) -> None:
    """ "Conditional dynamic data masking"."""
    cards.execute("alter table cards add column is_fraud boolean default false")
    cards.execute("update cards set is_fraud = true where id = 102")
    cards.execute(
        "create masking policy by_fraud with (fraudulent boolean, pan varchar(256))"
        " using (case when fraudulent then right(pan, 4) else null end)"
    )
    cards.execute(
        "attach masking policy by_fraud on cards(card) using (is_fraud, card) to role mask_analytics priority 100"
    )
    assert seen(cards, "mask_analyst", "select card from cards order by id") == [(None,), ("2302",)]


def test_writing(cards: Connection) -> None:
    """Rows go in as they are; conditions of UPDATE and DELETE see what the user sees."""
    attach(cards)
    cards.execute("insert into cards (id, card) values (103, '6011000990139424')")
    cards.execute("update cards set note = 'seen' where card = '000000XXXX0000' and id = 103")
    ((schema,),) = cards.execute("select current_schema()").fetchall()
    cards.execute("create table others (id int, note varchar(8))")
    for name in ("cards", "others"):  # of this database: others are refused
        cards.execute(f"update dev.{schema}.{name} set note = 'named' where id = 104")
        with pytest.raises(psycopg.Error, match='cross-database reference to database "elsewhere"'):
            cards.execute(f"update elsewhere.{schema}.{name} set note = 'named'")
    cards.execute("delete from cards where card = '4532993817514842'")
    merge = (
        "merge into cards using (select 103 as i) s on cards.id = s.i when matched then update set card = 'merged'"
        " when not matched then insert values (1, 'a', 'b')"
    )
    with pytest.raises(psycopg.Error, match="whose masking policies apply to this user"):
        cards.execute(merge)
    with pytest.raises(psycopg.Error, match='UPDATE of column "card", which a masking policy masks'):
        cards.execute("update cards set card = 'new'")
    cards.execute("set error_on_nondeterministic_update to on")
    with pytest.raises(psycopg.Error, match="error_on_nondeterministic_update for a table with masking policies"):
        cards.execute("update cards set note = s.n from (select 103 as i, 'x' as n) s where id = s.i")
    cards.execute("reset error_on_nondeterministic_update")
    cards.execute("detach masking policy mask_full on cards(card) from public")
    assert cards.execute("select id, card, note from cards where id <> 102 order by id").fetchall() == [
        (100, "4532993817514842", "none"),
        (103, "6011000990139424", "seen"),
    ]
    # No policy applies to this user now, so the table itself is written, also with values that are bound.
    cards.execute("update cards set card = card || '!', note = 'x' where id = %s", [103])
    assert cards.execute("select card, note from cards where id = 103").fetchall() == [("6011000990139424!", "x")]
    cards.execute(merge)
    assert cards.execute("select card from cards where id = 103").fetchall() == [("merged",)]
    cards.execute("truncate cards")
    assert cards.execute("select count(*) from cards").fetchall() == [(0,)]


def test_the_table_is_still_a_table(cards: Connection) -> None:
    before = cards.execute("select * from svv_tables where table_name = 'cards'").fetchall()
    definition = cards.execute("select * from pg_table_def where tablename = 'cards'").fetchall()
    attach(cards)
    assert cards.execute("select * from svv_tables where table_name = 'cards'").fetchall() == before
    assert cards.execute("select * from pg_table_def where tablename = 'cards'").fetchall() == definition
    query = "select table_type from information_schema.tables where table_name = 'cards'"
    assert cards.execute(query).fetchall() == [("BASE TABLE",)]
    assert cards.execute("select relkind from pg_class where relname = 'cards'").fetchall() == [("r",)]
    assert cards.execute("select count(*) from pg_views where viewname = 'cards'").fetchall() == [(0,)]
    assert cards.execute("select tablename from pg_tables where tablename = 'cards'").fetchall() == [("cards",)]
    cards.execute("alter table cards add column more int default 7")
    assert cards.execute("select distinct card, more from cards").fetchall() == [("000000XXXX0000", 7)]
    with pytest.raises(psycopg.Error, match="masking policy is attached"):
        cards.execute("alter table cards drop column card")
    with pytest.raises(psycopg.Error, match="is not a view"):
        cards.execute("drop view cards")
    cards.execute("drop table cards")
    with pytest.raises(psycopg.Error, match='relation "cards" does not exist'):
        cards.execute("select * from cards")
    assert cards.execute("select * from svv_attached_masking_policy").fetchall() == []


def test_system_views(cards: Connection) -> None:
    attach(cards)
    assert cards.execute(
        "select policy_name, input_columns, policy_expression, policy_modified_by from svv_masking_policy order by 1"
    ).fetchall() == [
        (
            "mask_full",
            '[{"colname" : "card", "type" : "character varying(256)"}]',
            """[{"expr" : "'000000XXXX0000'::text", "type" : "character varying"}]""",
            "awsuser",
        ),
        (
            "mask_partial",
            '[{"colname" : "card", "type" : "character varying(256)"}]',
            """[{"expr" : "substring(card, 1, 4) || 'XXXX' || right(card, 4)", "type" : "character varying"}]""",
            "awsuser",
        ),
    ]
    assert cards.execute(
        "select policy_name, table_name, table_type, grantor, grantee, grantee_type, priority, input_columns,"
        " output_columns"
        " from svv_attached_masking_policy order by priority"
    ).fetchall() == [
        ("mask_full", "cards", "table", "awsuser", "public", "public", 0, '["card"]', '["card"]'),
        ("mask_partial", "cards", "table", "awsuser", "mask_analytics", "role", 10, '["card"]', '["card"]'),
    ]
    seen(cards, "mask_analyst", "select card from cards")
    assert cards.execute(
        "select distinct policy_name, relation_name, relation_kind from sys_applied_masking_policy_log"
        " where session_id = pg_backend_pid()"
    ).fetchall() == [("mask_partial", "cards", "table")]


def test_altering_a_policy_changes_what_is_seen(cards: Connection) -> None:
    attach(cards)
    cards.execute("alter masking policy mask_full using ('X'::text)")
    assert cards.execute("select distinct card from cards").fetchall() == [("X",)]
    with pytest.raises(psycopg.Error, match="does not match"):
        cards.execute("alter masking policy mask_full using (1)")


REFUSED = {
    "attach masking policy nothing on cards(card) to public": 'masking policy "nothing" does not exist',
    "attach masking policy mask_full on nothing(card) to public": 'relation "nothing" does not exist',
    "attach masking policy mask_full on cards(nothing) to public": 'column "nothing" of relation',
    "attach masking policy mask_full on cards(id) to public": 'column "id" is of type integer',
    "attach masking policy mask_full on cards(card, note) to public": "has 1 output columns, 2 were given",
    "attach masking policy mask_full on cards(card) to nobody": 'user "nobody" does not exist',
    "attach masking policy mask_full on cards(card.path) to public": "a path is one of a SUPER column",
    "attach masking policy mask_full on cards(card[0]) to public": "elements of arrays in SUPER column card",
    "attach masking policy mask_partial on cards(card) to role mask_analytics": "priority 0 is already attached",
    "attach masking policy mask_partial on cards(card) to public priority 3": "already attached to a column",
    "attach masking policy mask_full on pg_class(relname) to public": "cannot attach a masking policy to system table",
    "detach masking policy mask_partial on cards(card) from public": "is not attached to these columns",
    "drop masking policy mask_full": "because it is attached",
    "create masking policy mask_full with (a int) using (a)": 'masking policy "mask_full" already exists',
    "create materialized view m as select * from cards": "masking policies on a relation that materialized view",
    "create or replace view cards as select 1 as id, 'x'::varchar(256) as card, 'y'::varchar(20) as note": (
        "which masking policies are attached to"
    ),
    "select * from dw_masked_1": "names that begin with dw_mask do not exist",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_refused(cards: Connection, sql: str) -> None:
    cards.execute("attach masking policy mask_full on cards(card) to public")
    with pytest.raises(psycopg.Error) as caught:
        cards.execute(sql)
    assert REFUSED[sql] in str(caught.value)
    assert cards.execute("create masking policy if not exists mask_full with (a int) using (a)") is not None


def test_only_security_administrators_manage_policies(cards: Connection) -> None:
    with pytest.raises(psycopg.Error, match="sys:secadmin"):
        seen(cards, "mask_clerk", "create masking policy own with (a int) using (0)")


def test_rows_first_then_masks(cards: Connection) -> None:
    """Row-level security is applied before masking ("Considerations when using dynamic data masking")."""
    attach(cards)
    cards.execute("create rls policy mask_rows with (id int) using (id = 102)")
    cards.execute("attach rls policy mask_rows on cards to mask_clerk")
    cards.execute("alter table cards row level security on")
    assert seen(cards, "mask_clerk", "select id, card from cards") == [(102, "000000XXXX0000")]
    assert seen(cards, "mask_analyst", "select id, card from cards") == []
    cards.execute("drop rls policy mask_rows cascade")


def test_grants_follow(cards: Connection) -> None:
    attach(cards)
    cards.execute("revoke select on cards from public")
    with pytest.raises(psycopg.Error, match="permission denied"):
        seen(cards, "mask_clerk", "select card from cards")
    cards.execute("grant select (id) on cards to mask_clerk")
    assert seen(cards, "mask_clerk", "select id from cards order by 1") == [(100,), (102,)]
    cards.execute("detach masking policy mask_full on cards(card) from public")
    cards.execute("detach masking policy mask_partial on cards(card) from role mask_analytics")
    assert seen(cards, "mask_clerk", "select id from cards order by 1") == [(100,), (102,)]
    with pytest.raises(psycopg.Error, match="permission denied"):
        seen(cards, "mask_clerk", "select card from cards")


def test_copy_and_identity(connection: Connection, server: Any) -> None:
    for statement in (
        "create table kept (n bigint identity(5, 2), secret varchar(10) not null, at timestamp default getdate())",
        "create masking policy mask_secret with (s varchar(10)) using (null::varchar)",
        "attach masking policy mask_secret on kept(secret) to public",
    ):
        connection.execute(statement)
    path = server.put("masked.csv", "one\ntwo\n")
    connection.execute(f"copy kept (secret) from '{path}' access_key_id 'mockuser' secret_access_key 'mockpass' csv")
    connection.execute("insert into kept (secret) values ('three')")
    masked = connection.execute("select n, secret, at is not null from kept order by n").fetchall()
    assert masked == [(n, None, True) for n in (5, 7, 9)]
    connection.execute("detach masking policy mask_secret on kept(secret) from public")
    kept = connection.execute("select n, secret from kept order by n").fetchall()
    assert kept == [(5, "one"), (7, "two"), (9, "three")]
    connection.execute("insert into kept (secret) values ('four')")
    assert connection.execute("select max(n) from kept").fetchall() == [(11,)]
    connection.execute("drop masking policy mask_secret")


def test_comments_stay_with_the_table(cards: Connection) -> None:
    comments = "select obj_description('cards'::regclass), col_description('cards'::regclass, 2)"
    cards.execute("comment on column cards.card is 'number'")
    attach(cards)
    cards.execute("comment on table cards is 'it''s masked'")
    expected = [("it's masked", "number")]
    assert cards.execute(comments).fetchall() == expected
    cards.execute("alter table cards add column extra int")
    assert cards.execute(comments).fetchall() == expected
    cards.execute("detach masking policy mask_full on cards(card) from public")
    cards.execute("detach masking policy mask_partial on cards(card) from role mask_analytics")
    assert cards.execute(comments).fetchall() == expected
    with pytest.raises(psycopg.Error, match="does not exist"):
        cards.execute("comment on table nowhere is 'x'")
