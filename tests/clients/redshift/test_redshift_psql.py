"""psql's own commands: what they ask the catalog for is answered, with nothing of the emulator's own in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")

SETUP = """
create schema by_psql;
create table by_psql.parent (id int primary key, name varchar(20) not null default 'x', info super) distkey (id);
create table by_psql.child (a bigint identity(1, 1), b int references by_psql.parent (id));
create view by_psql.names as select name from by_psql.parent;
create function by_psql.twice (int) returns int stable as $$ select $1 * 2 $$ language sql;
create procedure by_psql.nothing (n int) as $$ begin null; end $$ language plpgsql;
"""

COMMANDS = {
    r"\d by_psql.*": ["by_psql.parent", "by_psql.child", "by_psql.names"],
    r"\dt by_psql.*": ["by_psql|child|table|awsuser", "by_psql|parent|table|awsuser"],
    r"\dv by_psql.*": ["by_psql|names|view|awsuser"],
    r"\d by_psql.parent": [
        "id|integer||not null|",
        "name|character varying(20)||not null|'x'::character varying",
        "info|super|||",
        '"parent_pkey" PRIMARY KEY, btree (id)',
    ],
    r"\d by_psql.names": ["name|character varying(20)|||"],
    r"\ds by_psql.*": [],
    r"\di by_psql.*": ["by_psql|parent_pkey|index|awsuser|parent"],
    r"\dn by_psql": ["by_psql|awsuser"],
    r"\df by_psql.*": ["by_psql|nothing", "by_psql|twice|integer|integer|func"],
    r"\dn public": ["public|rdsdb"],
    r"\drds": [],
    r"\da by_psql.*": [],
    r"\dT by_psql.*": [],
    r"\du awsuser": ["awsuser|Superuser"],
    r"\l dev": ["dev|awsuser|"],
    r"\dp by_psql.parent": ["by_psql|parent|table|"],
    r"\conninfo": ['You are connected to database "dev" as user "awsuser"'],
    r"\encoding": ["UTF8"],
}


@pytest.fixture(scope="module")
def psql(server):
    """``psql("select 1", …)``: what it prints."""

    def run(*commands: str) -> subprocess.CompletedProcess[str]:
        options = [word for command in commands for word in ("-c", command)]
        return subprocess.run(
            ["psql", "-X", "-A", "-P", "footer=off", server.dsn, *options],
            capture_output=True,
            text=True,
            env={**os.environ, "PGCLIENTENCODING": "UTF8"},
            check=False,
        )

    with server.connect() as connection:
        connection.execute(SETUP)
        yield run
        connection.execute("drop schema by_psql cascade")


@pytest.mark.parametrize("command", COMMANDS)
def test_commands(psql, command):
    done = psql(command)
    assert "ERROR" not in done.stderr
    for expected in COMMANDS[command]:
        assert expected in done.stdout
    if not COMMANDS[command]:
        assert "by_psql" not in done.stdout


def test_nothing_of_the_emulators_own(psql):
    """In the lists of everything: tables, views, functions, schemas of the system too."""
    done = psql(r"\dtS", r"\dvS", r"\dn", r"\dTS", r"\daS", r"\dfS dw_*", r"\d dw_*")
    assert "pg_class" in done.stdout
    assert re.search(r"\bdw_", done.stdout) is None


def test_copy_is_refused_and_the_session_goes_on(psql, tmp_path):
    rows = tmp_path / "rows"
    rows.write_text("1\tx\n")
    done = psql(rf"\copy by_psql.parent (id, name) from {rows}", "select count(*) from by_psql.parent")
    assert "COPY FROM STDIN is not supported" in done.stderr
    assert done.stdout.split() == ["count", "0"]
    assert 'syntax error at or near "("' in psql(rf"\copy (select 1) to {rows}").stderr
