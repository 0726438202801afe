"""An engine over a temporary folder, and a session that runs statements against it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from dw_simulator.emulators.snowflake.engine import Engine
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.sessions import Session

Execute = Callable[..., StatementResult]


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine.open(tmp_path_factory.mktemp("snowflake"))
    yield opened
    opened.close()


_NUMBERS = itertools.count(1)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session in a database of its own."""
    number = next(_NUMBERS)
    made = Session(id=number, user="TESTER")
    engine.open_session(made)
    engine.execute(made, f"CREATE DATABASE CASES_{number}", binds=None, query_id=f"setup-{number}")
    yield made
    engine.execute(made, f"DROP DATABASE IF EXISTS CASES_{number}", binds=None, query_id=f"teardown-{number}")
    engine.close_session(made)


@pytest.fixture
def execute(engine: Engine, session: Session) -> Execute:
    ids = itertools.count(1)

    def run(sql: str, binds: object = None) -> StatementResult:
        query_id = f"{session.id}-{next(ids)}"
        result = engine.execute(session, sql, binds=binds, query_id=query_id)  # type: ignore[arg-type]
        result.batches = list(result.batches)
        session.query_ids.append(query_id)
        return result

    return run


@pytest.fixture
def put(engine: Engine, session: Session) -> Callable[[str, bytes], None]:
    """``put("@stage/path", data)`` makes a file in an internal stage."""

    def write(location: str, data: bytes) -> None:
        catalog = engine.session_catalog(session, engine.state(session))
        place = engine.stages.place(location, catalog, session.user)
        place.storage.write(place.path, lambda sink: sink.write(data))

    return write
