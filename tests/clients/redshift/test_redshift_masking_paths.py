"""Masking policies on paths of SUPER columns ("Using dynamic data masking with SUPER data type paths")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

Connection = psycopg.Connection[Any]

POLICIES = {
    "shout": "with (v varchar(50)) using (upper(v))",
    "hide": "with (v text) using ('-'::text)",
    "decade": "with (v int) using ((v / 10) * 10)",
    "later": "with (v timestamp) using (v)",
    "by_id": "with (v text, i int) using (case when i = 1 then v else 'other' end)",
}


@pytest.fixture
def people(connection: Connection) -> Iterator[Connection]:
    """A table of documents, who may read them, and policies that are not attached yet."""
    schema = connection.execute("select current_schema()").fetchone()[0]
    documents = ('{"who":{"first":"Ann","last":"Ash"},"age":47,"tags":["a"]}', '{"who":{"first":"Bob"},"age":"old"}')
    rows = ", ".join(f"({number}, json_parse('{text}'))" for number, text in enumerate(documents, 1))
    for statement in (
        "create table people (id int, doc super)",
        f"insert into people values {rows}, (3, null)",
        "create user path_reader password 'Abcd1234'",
        "create role path_role",
        f"grant usage on schema {schema} to public",
        "grant select on people to public",
        *(f"create masking policy {name} {text}" for name, text in POLICIES.items()),
    ):
        connection.execute(statement)
    yield connection
    connection.execute("drop table people cascade")
    connection.execute(f"revoke usage on schema {schema} from public")
    connection.execute("drop user path_reader")
    connection.execute("drop role path_role force")
    for name in POLICIES:
        connection.execute(f"drop masking policy {name}")


def documents(connection: Connection) -> list[str | None]:
    found = connection.execute("select json_serialize(doc) from people order by id").fetchall()
    return [text for (text,) in found]


def test_scalars_at_paths(people: Connection) -> None:
    """What is missing is NULL for the policy, as is what cannot be cast."""
    for policy, path in (("shout", "doc.who.first"), ("hide", "doc.who.last"), ("decade", "doc.age")):
        people.execute(f"attach masking policy {policy} on people({path}) to public")
    assert documents(people) == [
        '{"who":{"first":"ANN","last":"-"},"age":40,"tags":["a"]}',
        '{"who":{"first":"BOB","last":"-"},"age":null}',
        None,
    ]
    query = "select doc.who.first::varchar, doc.age + 1 from people where doc.who.first = 'ANN'"
    assert people.execute(query).fetchall() == [("ANN", "41")]
    listed = "select policy_name, input_columns, output_columns from svv_attached_masking_policy order by 1"
    assert people.execute(listed).fetchall() == [
        ("decade", '["doc.\\"age\\""]', '["doc.\\"age\\""]'),
        ("hide", '["doc.\\"who\\".\\"last\\""]', '["doc.\\"who\\".\\"last\\""]'),
        ("shout", '["doc.\\"who\\".\\"first\\""]', '["doc.\\"who\\".\\"first\\""]'),
    ]
    people.execute("alter table people add column more int")
    people.execute("detach masking policy hide on people(doc.who.last) from public")
    assert documents(people)[0] == '{"who":{"first":"ANN","last":"Ash"},"age":40,"tags":["a"]}'
    for policy, path in (("shout", "doc.who.first"), ("decade", "doc.age")):
        people.execute(f"detach masking policy {policy} on people({path}) from public")
    assert documents(people)[1] == '{"who":{"first":"Bob"},"age":"old"}'


def test_a_path_that_is_nowhere(people: Connection) -> None:
    people.execute('attach masking policy shout on people(doc."Not".there) to public')
    assert documents(people)[1:] == ['{"who":{"first":"Bob"},"age":"old","Not":{"there":null}}', None]
    people.execute("insert into people values (4, json_parse('[1]'))")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="that is no object on the way"):
        documents(people)


def test_a_path_whose_policy_reads_columns(people: Connection) -> None:
    people.execute("attach masking policy by_id on people(doc.who.first) using (doc.who.first, id) to public")
    first = people.execute("select doc.who.first::varchar from people order by id").fetchall()
    assert first == [("Ann",), ("other",), (None,)]


def test_the_highest_priority_decides_at_a_path(people: Connection) -> None:
    people.execute("attach masking policy hide on people(doc.who.first) to public")
    people.execute("attach masking policy shout on people(doc.who.first) to role path_role priority 10")
    people.execute("grant role path_role to path_reader")
    query = "select doc.who.first::varchar from people where id = 1"
    assert people.execute(query).fetchone() == ("-",)
    people.execute("set session authorization path_reader")
    seen = people.execute(query).fetchone()
    people.execute("reset session authorization")
    assert seen == ("ANN",)


@pytest.mark.parametrize(
    ("attachment", "message"),
    [
        (
            "hide on people(doc.who) to public",
            'DDM policy "shout" is already attached on relation "people" column "doc."who"."first"" with same priority',
        ),
        ("hide on people(doc.who.first) to public", "with same priority"),
        ("hide on people(doc.who.first.more) to role path_role", "with same priority"),
        ("hide on people(doc.who.first) to public priority 3", "already attached to a column"),
        ("hide on people(doc.who) to public priority 3", "paths of which one contains the other are not supported"),
        (
            "later on people(doc.age) to public",
            'policy for output of type "timestamp without time zone" to column "doc."age"" of type "super"',
        ),
        ("decade on people(id.x) to public", "a path is one of a SUPER column"),
        ("by_id on people(doc.age) to public", "the masking policy has 2 input columns, 1 were given"),
    ],
)
def test_refused_attachments(people: Connection, attachment: str, message: str) -> None:
    people.execute("attach masking policy shout on people(doc.who.first) to public")
    with pytest.raises(psycopg.Error) as caught:
        people.execute(f"attach masking policy {attachment}")
    assert message in str(caught.value)
