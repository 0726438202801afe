"""Users, groups, roles and privileges. Groups and roles are PostgreSQL roles that cannot log in."""

from __future__ import annotations

import re

from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_name, quote_string
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.types import Command, Handler, Plan, Rewritten, Session, Statement
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.errors import RedshiftError


def user_name(reader: Reader) -> str:
    """A user, also one of an identity provider (``namespace:user``)."""
    name = reader.name()
    if reader.take(":"):
        name = f"{name}:{reader.name()}"
    return name


def completed(tag: str, *statements: str) -> Handler:
    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        for text in statements:
            await conversation.execute(text)
        conversation.complete(tag)

    return run


# --- users -----------------------------------------------------------------------------------------------------------
@command("create user")
def create_user(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("create", "user")
    name = user_name(reader)
    reader.take("with")
    options, groups, external = _user_options(reader)
    if not any(option.startswith("PASSWORD") for option in options) and not external:
        raise RedshiftError("42601", "password must be specified")
    text = f"CREATE ROLE {quote_name(name)} LOGIN INHERIT {' '.join(options)}".rstrip()
    grants = [f"GRANT {quote_name(group)} TO {quote_name(name)}" for group in groups]
    return Command(completed("CREATE USER", text, *grants))


@command("alter user")
def alter_user(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("alter", "user")
    name = quote_name(user_name(reader))
    if reader.take("rename", "to"):
        return Rewritten(f"ALTER ROLE {name} RENAME TO {quote_name(user_name(reader))}", tag="ALTER USER")
    if reader.take("reset", "session", "timeout"):
        return Command(_known_role(name, "ALTER USER"))
    if reader.ahead("set") or reader.ahead("reset"):
        return _user_setting(name, reader)
    reader.take("with")
    options, _, _ = _user_options(reader)
    if not options:
        return Command(_known_role(name, "ALTER USER"))
    return Rewritten(f"ALTER ROLE {name} {' '.join(options)}", tag="ALTER USER")


def _user_setting(name: str, reader: Reader) -> Plan:
    from dw_simulator.emulators.redshift.commands.parameters import DEFAULTS

    verb = reader.next().text.upper()
    parameter = reader.name()
    rest = reader.rest()
    if parameter in DEFAULTS:
        return Command(_known_role(name, "ALTER USER"))
    return Rewritten(f"ALTER ROLE {name} {verb} {parameter} {rest}".rstrip(), tag="ALTER USER")


def _known_role(name: str, tag: str) -> Handler:
    return completed(tag, f"SELECT CAST({quote_string(name)} AS pg_catalog.regrole)")


_FLAGS = {
    "createdb": "CREATEDB", "nocreatedb": "NOCREATEDB", "createuser": "SUPERUSER CREATEROLE",
    "nocreateuser": "NOSUPERUSER NOCREATEROLE",
}  # fmt: skip


def _user_options(reader: Reader) -> tuple[list[str], list[str], bool]:
    """Role options, groups to join, and whether another system knows the password."""
    options: list[str] = []
    groups: list[str] = []
    external = False
    while not reader.at_end():
        flag = reader.take_any(*_FLAGS)
        if flag:
            options.append(_FLAGS[flag])
        elif reader.take("password"):
            options.append(_password(reader))
        elif reader.take("valid", "until"):
            options.append(f"VALID UNTIL {quote_string(reader.string())}")
        elif reader.take("connection", "limit"):
            options.append(f"CONNECTION LIMIT {'-1' if reader.take('unlimited') else reader.next().text}")
        elif reader.take("syslog", "access"):
            reader.take_any("restricted", "unrestricted")
        elif reader.take("session", "timeout"):
            reader.next()
        elif reader.take("externalid"):
            reader.next()
            external = True
        elif reader.take("in", "group"):
            groups.append(reader.name())
            while reader.take(","):
                groups.append(reader.name())
        else:
            raise reader.error()
    return options, groups, external


def _password(reader: Reader) -> str:
    if reader.take("disable"):
        return "PASSWORD NULL"
    password = reader.string()
    if password.startswith("sha256|"):
        return "PASSWORD " + quote_string(password.split("|")[1])
    if re.fullmatch(r"md5[0-9a-fA-F]{32}", password):
        return "PASSWORD " + quote_string(password.lower())
    strong = 8 <= len(password) <= 64 and all(re.search(kind, password) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    if not strong:
        raise RedshiftError(
            "42601",
            "Invalid password",
            "Password must be at least 8 characters long and contain an uppercase letter, a lowercase letter"
            " and a number",
        )
    return "PASSWORD " + quote_string(password)


@command("drop user")
def drop_user(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("drop", "user")
    exists = " IF EXISTS" if reader.take("if", "exists") else ""
    names = [quote_name(user_name(reader))]
    while reader.take(","):
        names.append(quote_name(user_name(reader)))
    reader.finish()
    return Rewritten(f"DROP ROLE{exists} {', '.join(names)}", tag="DROP USER")


# --- groups ----------------------------------------------------------------------------------------------------------
def _user_list(reader: Reader) -> list[str]:
    names = [user_name(reader)]
    while reader.take(","):
        names.append(user_name(reader))
    return names


@command("create group")
def create_group(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("create", "group")
    name = quote_name(reader.name())
    reader.take("with")
    users = _user_list(reader) if reader.take("user") else []
    reader.finish()
    grants = [f"GRANT {name} TO {quote_name(user)}" for user in users]
    return Command(completed("CREATE GROUP", f"CREATE ROLE {name} NOLOGIN", *grants))


@command("alter group")
def alter_group(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    reader.expect("alter", "group")
    group = reader.name()
    name = quote_name(group)
    if reader.take("rename", "to"):
        return Rewritten(f"ALTER ROLE {name} RENAME TO {quote_name(reader.name())}", tag="ALTER GROUP")
    verb = reader.take_any("add", "drop")
    if not verb:
        raise reader.error()
    reader.expect("user")
    users = _user_list(reader)
    reader.finish()
    names = ", ".join(map(quote_name, users))
    if verb == "drop":
        return Rewritten(f"REVOKE {name} FROM {names}", tag="ALTER GROUP")

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        await conversation.execute(f"GRANT {name} TO {names}")
        await session.backend.session_groups.keep(users, group)
        conversation.complete("ALTER GROUP")

    return Command(run)


@command("drop group")
def drop_group(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("drop", "group")
    name = quote_name(reader.name())
    reader.finish()
    return Rewritten(f"DROP ROLE {name}", tag="DROP GROUP")


# --- roles -----------------------------------------------------------------------------------------------------------
@command("create role")
def create_role(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("create", "role")
    name = quote_name(user_name(reader))
    if reader.take("externalid"):
        reader.next()
    reader.finish()
    return Rewritten(f"CREATE ROLE {name} NOLOGIN")


@command("alter role")
def alter_role(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    reader = Reader(sql)
    reader.expect("alter", "role")
    name = quote_name(user_name(reader))
    reader.take("with")
    if reader.take("rename", "to"):
        return Rewritten(f"ALTER ROLE {name} RENAME TO {quote_name(user_name(reader))}")
    if reader.take("owner", "to") or reader.take("externalid"):
        reader.next()
        return Command(_known_role(name, "ALTER ROLE"))
    raise reader.error()


@command("drop role")
def drop_role(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    """FORCE takes the role from everyone who has it; without it a role that is granted stays ("DROP ROLE")."""
    reader = Reader(sql)
    reader.expect("drop", "role")
    name = user_name(reader)
    force = bool(reader.take_any("force"))
    reader.take("restrict")
    reader.finish()
    text = quote_string(name)

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        granted = await conversation.execute(
            "SELECT 1 FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid IN (m.roleid, m.member)"
            f" JOIN pg_catalog.pg_roles o ON o.oid = m.member WHERE r.rolname = {text} AND o.rolname <> current_user"
        )
        if granted.rows and not force:
            raise RedshiftError("2BP01", "cannot drop this role since it depends on another role")
        if force:
            await conversation.execute(f"DROP OWNED BY {quote_name(name)}")
        await conversation.execute(f"DROP ROLE {quote_name(name)}")
        conversation.complete("DROP ROLE")

    return Command(run)
