"""Groups that a user is in only while a session lasts ("GetClusterCredentials": DbGroups).

PostgreSQL knows no membership of a session: the user is a member from the first login that asks for the group until the
last such session ends, and the user's other sessions are meanwhile members too. A comment on the role, which every
database shows, says what was lent, so that the next start takes back what a crash left behind.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence

from dw_simulator.emulators.redshift.commands.lexer import quote_name, quote_string
from dw_simulator.emulators.redshift.conversation import Result
from dw_simulator.emulators.redshift.errors import UNDEFINED_OBJECT, FatalError, RedshiftError

_MARK = "groups of the session: "


class SessionGroups:
    """Who is lent which groups. ``query`` runs a script as the owner in a transaction of its own."""

    def __init__(self, query: Callable[[str], Awaitable[Result]]) -> None:
        self._query = query
        self._lent: dict[str, Counter[str]] = {}
        self._lock = asyncio.Lock()

    async def join(self, role: str, groups: Sequence[str]) -> tuple[str, ...]:
        """Make the user a member; returns the groups to give back at the end of the session.

        Raises:
            FatalError: there is no such group.
        """
        async with self._lock:
            rows = (await self._query(_standing(role, groups))).rows
            standing = {str(name): member == "t" for name, member in rows}
            for name in groups:
                if name not in standing:
                    raise FatalError(UNDEFINED_OBJECT, f'group "{name}" does not exist')
            lent = self._lent.get(role, Counter())
            taken = tuple(name for name in dict.fromkeys(groups) if name in lent or not standing[name])
            new = [name for name in taken if name not in lent]
            if new:
                grant = f"GRANT {', '.join(map(quote_name, new))} TO {quote_name(role)};"
                await self._query(grant + _note(role, [*lent, *new]))
            self._lent[role] = lent + Counter(taken)
            return taken

    async def leave(self, role: str, groups: Iterable[str]) -> None:
        """Give back what :meth:`join` returned. The user or a group may be gone by now."""
        async with self._lock:
            lent = self._lent.get(role, Counter())
            over = [name for name in groups if name in lent and lent[name] == 1]
            self._lent[role] = lent - Counter(name for name in groups if name in lent)
            await self._revoke(role, over, self._lent[role])
            if not self._lent[role]:
                del self._lent[role]

    async def keep(self, roles: Iterable[str], group: str) -> None:
        """ALTER GROUP … ADD USER was run: who is lent the group is a member for good."""
        async with self._lock:
            for role in roles:
                lent = self._lent.get(role)
                if lent is not None and lent.pop(group, None) is not None:
                    await self._query(_note(role, lent))

    async def take_back(self) -> None:
        """What sessions of an emulator that crashed were lent."""
        async with self._lock:
            self._lent.clear()
            for role, noted in (await self._query(_NOTES)).rows:
                await self._revoke(str(role), json.loads(str(noted)), ())

    async def _revoke(self, role: str, groups: Iterable[str], rest: Iterable[str]) -> None:
        for name in groups:
            await self._unless_gone(f"REVOKE {quote_name(name)} FROM {quote_name(role)}")
        await self._unless_gone(_note(role, rest))

    async def _unless_gone(self, sql: str) -> None:
        try:
            await self._query(sql)
        except RedshiftError as error:
            if error.sqlstate != UNDEFINED_OBJECT:
                raise


def _note(role: str, groups: Iterable[str]) -> str:
    names = list(groups)
    text = quote_string(_MARK + json.dumps(names, ensure_ascii=False)) if names else "NULL"
    return f"COMMENT ON ROLE {quote_name(role)} IS {text}"


def _standing(role: str, groups: Sequence[str]) -> str:
    """The groups that there are, and whether the user is in each."""
    names = ", ".join(map(quote_string, groups))
    return (
        "SELECT g.rolname, EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member"
        f" WHERE m.roleid = g.oid AND u.rolname = {quote_string(role)})"
        f" FROM pg_roles g WHERE NOT g.rolcanlogin AND g.rolname IN ({names})"
    )


_NOTES = (
    f"SELECT r.rolname, substr(d.description, {len(_MARK) + 1}) FROM pg_shdescription d"
    " JOIN pg_authid r ON r.oid = d.objoid AND d.classoid = CAST('pg_authid' AS regclass)"
    f" WHERE starts_with(d.description, '{_MARK}')"
)
