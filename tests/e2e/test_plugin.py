"""The pytest plugin as a user's project uses it: installed with the package, nothing to configure."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dw_simulator.testing.stack import environment_of

USERS_TESTS = """
def test_redshift(redshift_connection):
    cursor = redshift_connection.cursor()
    cursor.execute("create table t (i int)")
    cursor.execute("insert into t values (1), (2)")
    cursor.execute("select sum(i) from t")
    assert cursor.fetchone()[0] == 3


def test_nothing_stays_that_was_not_committed(redshift_connection):
    cursor = redshift_connection.cursor()
    cursor.execute("select count(*) from information_schema.tables where table_name = 't'")
    assert cursor.fetchone()[0] == 0


def test_snowflake(snowflake_connection):
    assert snowflake_connection.cursor().execute("select 1 + 1").fetchone()[0] == 2


def test_the_command_line(dw_stack):
    assert '"running"' in dw_stack.dw_sim("status", "--json").stdout
"""


@pytest.mark.stack
def test_a_users_project(tmp_path):
    (tmp_path / "test_users.py").write_text(USERS_TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'base'}"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment_of(tmp_path / "unused"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "4 passed" in done.stdout, done.stdout + done.stderr
    assert not (tmp_path / "unused").exists()
