"""Grants as a strict server enforces them: the scripts of tests/cases/snowflake/grants.yml, and what is around them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from dw_simulator.config.groups import SnowflakeSettings
from dw_simulator.emulators.snowflake.engine import Engine
from dw_simulator.emulators.snowflake.errors import SnowflakeError
from dw_simulator.emulators.snowflake.logins.bootstrap import strict_logins
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.sessions import Session

CASES = Path(__file__).parents[3] / "cases" / "snowflake" / "grants.yml"
SCRIPTS = yaml.safe_load(CASES.read_text())
RunAs = Callable[[str, str], StatementResult]


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine.open(tmp_path_factory.mktemp("grants"))
    strict_logins(opened, SnowflakeSettings(user="boss"))
    yield opened
    opened.close()


@pytest.fixture
def run_as(strict: Engine) -> Iterator[RunAs]:
    """Runs statements as BOSS or ANN, over a database D, a user ANN and a role READER that are made anew."""
    ids = itertools.count()
    sessions: dict[str, Session] = {}

    def run(user: str, sql: str) -> StatementResult:
        if user not in sessions:
            sessions[user] = Session(id=len(sessions), user=user.upper())
            strict.open_session(sessions[user])
        result = strict.execute(sessions[user], sql, binds=None, query_id=f"{id(sessions)}-{next(ids)}")
        result.batches = list(result.batches)
        return result

    for sql in (
        "create or replace database d", "create or replace role reader", "drop user if exists ann",
        "create user ann default_role = reader", "grant role reader to user ann",
    ):  # fmt: skip
        run("boss", sql)
    yield run
    for session in sessions.values():
        strict.close_session(session)


def _rows(result: StatementResult) -> list[list[str | None]]:
    """Values as text, without moments of creation."""
    kept = [index for index, column in enumerate(result.columns) if column.name != "created_on"]
    rows = [row for batch in result.batches for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]
    return [[None if row[index] is None else str(row[index]) for index in kept] for row in rows]


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts(run_as: RunAs, name: str) -> None:
    for step in SCRIPTS[name]:
        where = f"{step['as']}: {step['sql']}"
        if "error" in step:
            with pytest.raises(SnowflakeError) as caught:
                run_as(step["as"], step["sql"])
            assert caught.value.errno == step["error"], f"{where}: {caught.value}"
            assert step.get("message", "") in caught.value.message, where
            continue
        result = run_as(step["as"], step["sql"])
        if "columns" in step:
            assert [column.name for column in result.columns] == step["columns"], where
        if "rows" in step:
            assert sorted(_rows(result), key=str) == [[str(v) for v in row] for row in step["rows"]], where


def test_logins_take_roles_that_are_granted(strict: Engine, run_as: RunAs) -> None:
    run_as("boss", "create or replace role other")
    cases = [
        ("ANN", None, "READER"),
        ("ANN", "PUBLIC", "PUBLIC"),
        ("BOSS", None, "ACCOUNTADMIN"),
        ("BOSS", "SECURITYADMIN", "SECURITYADMIN"),
        ("NOBODY", None, "PUBLIC"),
    ]
    for user, asked, expected in cases:
        session = Session(id=9, user=user, role=asked or "ACCOUNTADMIN", role_asked=asked is not None)
        strict.open_session(session)
        assert session.role == expected, (user, asked)
        strict.close_session(session)
    session = Session(id=9, user="ANN", role="OTHER", role_asked=True)
    with pytest.raises(SnowflakeError, match="not granted to this user"):
        strict.open_session(session)
    strict.close_session(session)


def test_a_translation_is_not_shared_between_roles(run_as: RunAs) -> None:
    run_as("boss", "create table d.public.t(a int)")
    assert _rows(run_as("boss", "select count(*) from d.public.t")) == [["0"]]
    with pytest.raises(SnowflakeError, match="does not exist or not authorized"):
        run_as("ann", "select count(*) from d.public.t")


def test_grants_survive_a_restart_and_those_of_earlier_versions_are_read(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path)
    session = Session(id=1, user="A")
    for number, sql in enumerate(("create database d", "create role r", "create user u", "grant role r to user u")):
        engine.execute(session, sql, binds=None, query_id=f"a{number}")
    payload = (
        '{"owner":"ACCOUNTADMIN","comment":"","created":"2026-01-01T00:00:00+00:00","dropped":null,"text":"",'
        '"transient":false,"columns":[],"constraints":[],"properties":%s}'
    )
    earlier = (
        '{"privilege":"USAGE","on":"DATABASE D","to":"ROLE R"}',
        '{"privilege":"SELECT","on":"TABLE D.PUBLIC.NOSUCH","to":"ROLE R"}',
    )
    for number, properties in enumerate(earlier):
        values = [900 + number, "GRANT", "", "", f"G90{number}", payload % properties]
        engine.system.run("INSERT INTO _dw.objects VALUES (?, ?, ?, ?, ?, ?)", values)
    engine.close_session(session)
    engine.close()
    engine = Engine.open(tmp_path)
    session = Session(id=2, user="A")
    shown = engine.execute(session, "show grants to role r", binds=None, query_id="b")
    assert [row[:3] for row in _rows(shown)] == [["USAGE", "DATABASE", "D"]]
    shown = engine.execute(session, "show grants to user u", binds=None, query_id="c")
    assert [row[0] for row in _rows(shown)] == ["R"]
    engine.close_session(session)
    engine.close()
