"""Load metadata over time, and loads that end in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dw_simulator.emulators.snowflake.engine import Engine
from dw_simulator.emulators.snowflake.results import StatementResult
from dw_simulator.emulators.snowflake.sessions import Session

Execute = Callable[..., StatementResult]
Put = Callable[[str, bytes], None]
OLD = time.time() - 65 * 86_400
ROWS = 400_000
LOAD = """
import sys
from pathlib import Path
from dw_simulator.emulators.snowflake.engine import Engine
from dw_simulator.emulators.snowflake.sessions import Session
engine = Engine.open(Path(sys.argv[1]))
session = Session(id=1, user="T", database="D")
engine.open_session(session)
print("loading", flush=True)
engine.execute(session, "copy into t from @s", binds=None, query_id="q")
"""


def _rows(result: StatementResult) -> list[tuple[Any, ...]]:
    return [row for batch in result.batches for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]


def test_files_and_loads_of_more_than_64_days_ago(engine: Engine, session: Session, execute: Execute, put: Put) -> None:
    execute("create stage s")
    execute("create table t (a int)")
    for name in ("first", "second"):
        put(f"@s/{name}.csv", b"1\n")
    table = engine.catalog.get("TABLE", session.database or "", "PUBLIC", "T")
    assert table is not None
    assert len(_rows(execute("copy into t from @s/first.csv"))) == 1
    engine.system.run("UPDATE _dw.load_history SET loaded = loaded - INTERVAL 65 DAY WHERE table_id = ?", [table.id])
    folder = engine.stage_storage(session.database or "", "PUBLIC", "S").root  # type: ignore[union-attr]
    for file in folder.iterdir():
        os.utime(file, (OLD, OLD))
    nothing = [("Copy executed with 0 files processed.",)]
    assert _rows(execute("copy into t from @s")) == nothing
    put("@s/third.csv", b"1\n")  # a new file is certain
    assert [row[0] for row in _rows(execute("copy into t from @s"))] == ["s/third.csv"]
    loaded = _rows(execute("copy into t from @s load_uncertain_files = true"))
    assert [row[:2] for row in loaded] == [("s/first.csv", "LOADED"), ("s/second.csv", "LOADED")]
    assert _rows(execute("copy into t from @s load_uncertain_files = true")) == nothing


def test_a_server_killed_in_a_load_leaves_all_rows_or_none(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path)
    session = Session(id=1, user="T")

    def run(sql: str, number: int) -> list[tuple[Any, ...]]:
        return _rows(engine.execute(session, sql, binds=None, query_id=str(number)))

    for number, sql in enumerate(("create database d", "create stage s", "create table t (a int, b varchar)")):
        run(sql, number)
    run(f"copy into @s/a from (select seq4(), 'x' from table(generator(rowcount => {ROWS}))) max_file_size = 400000", 9)
    engine.close_session(session)
    engine.close()
    child = subprocess.Popen([sys.executable, "-c", LOAD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "loading\n"
    time.sleep(0.15)
    child.kill()
    child.wait(20)
    child.stdout.close()
    engine = Engine.open(tmp_path)
    session = Session(id=2, user="T", database="D")
    engine.open_session(session)
    assert run("select count(*) from t", 10)[0][0] in (0, ROWS)
    run("copy into t from @s", 11)
    assert run("select count(*), count(distinct a) from t", 12) == [(ROWS, ROWS)]
    engine.close_session(session)
    engine.close()
