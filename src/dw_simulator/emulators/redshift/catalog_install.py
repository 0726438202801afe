"""Puts Redshift's functions, types and system views into a PostgreSQL database, and brings older ones up to date.

Each file under functions/ and catalog/ is plain SQL that makes its objects in an empty database. Both functions here
begin a transaction and leave it open: the caller ends it.
"""

from __future__ import annotations

import re
from pathlib import Path

from dw_simulator.emulators.redshift.errors import BackendError
from dw_simulator.emulators.redshift.link import BackendLink
from dw_simulator.splitting.redshift import split

_ANY = range(100)
_FOLDERS = {
    "functions/before_16": range(16),
    "functions": _ANY,
    "functions/since_16": range(16, 100),
    "functions/since_18": range(18, 100),
    "catalog": _ANY,
}
"""Folders with SQL files to install, in this order, and the versions of PostgreSQL they are for.

In a folder the files go by name.
"""

# The replica role keeps event triggers from firing for what is installed here.
_BEGIN = (
    "BEGIN; SET LOCAL allow_system_table_mods = on; SET LOCAL check_function_bodies = off;"
    " SET LOCAL session_replication_role = replica"
)

_REPLACEABLE = re.compile(r"CREATE\s+(?=(?:FUNCTION|PROCEDURE|AGGREGATE|VIEW)\b)", re.I)
_COMMENTS = re.compile(r"\A(?:\s+|--[^\n]*\n|/\*.*?\*/)+", re.S)
_VIEW = re.compile(r"CREATE\s+(?:OR\s+REPLACE\s+)?VIEW\s+([\w.\"]+)", re.I)
_EVENT_TRIGGER = re.compile(r"CREATE\s+EVENT\s+TRIGGER\s+(\w+)", re.I)
_DROP_HINT = re.compile(r"Use (DROP .*) first\.")

# duplicate object, function, relation, schema; "type x is only a shell" twice
_EXISTS = frozenset(("42710", "42723", "42P07", "42P06"))
# a view or a function whose columns or result changed
_CHANGED = frozenset(("42P13", "42P16"))


def catalog_scripts(version: int) -> list[str]:
    """The SQL that makes a database of PostgreSQL ``version`` look like a Redshift one, in the order to run it."""
    here = Path(__file__).parent
    folders = [name for name, versions in _FOLDERS.items() if version in versions]
    return [path.read_text() for folder in folders for path in sorted((here / folder).glob("*.sql"))]


async def install(link: BackendLink, scripts: list[str]) -> None:
    """Make everything in a database that has none of it.

    Raises:
        BackendError: PostgreSQL refused a statement.
    """
    await link.query(_BEGIN)
    for script in scripts:
        await link.query(script)


async def upgrade(link: BackendLink, scripts: list[str]) -> None:
    """Replace functions and views, make what is new, keep what tables and views of the user depend on.

    Raises:
        BackendError: a view or function changed its shape while something of the user's depends on it.
    """
    await link.query(_BEGIN)
    for script in scripts:
        for statement in split(script):
            await _upgrade_one(link, _COMMENTS.sub("", statement))


async def _upgrade_one(link: BackendLink, statement: str) -> None:
    begin = _REPLACEABLE.match(statement)
    if begin:
        statement = "CREATE OR REPLACE " + statement[begin.end() :]
    if re.match(r"SET\b", statement, re.I):
        await link.query(statement)
        return
    trigger = _EVENT_TRIGGER.match(statement)
    if trigger:  # cannot be replaced, and nothing depends on it
        await link.query(f"DROP EVENT TRIGGER IF EXISTS {trigger[1]}")
    try:
        await _in_savepoint(link, statement)
    except BackendError as error:
        drop = _drop_for(statement, error)
        if error.sqlstate in _EXISTS:
            return
        if drop is None:
            raise
        await _in_savepoint(link, drop)
        await _in_savepoint(link, statement)


def _drop_for(statement: str, error: BackendError) -> str | None:
    """The statement that takes the old object away, when it cannot be replaced."""
    if error.sqlstate not in _CHANGED:
        return None
    hint = _DROP_HINT.search(error.hint or "")
    view = _VIEW.search(statement)
    if hint:
        return hint.group(1)
    return f"DROP VIEW {view.group(1)}" if view else None


async def _in_savepoint(link: BackendLink, statement: str) -> None:
    await link.query("SAVEPOINT upgrade")
    try:
        await link.query(statement)
    except BackendError:
        await link.query("ROLLBACK TO upgrade")
        raise
    await link.query("RELEASE upgrade")
