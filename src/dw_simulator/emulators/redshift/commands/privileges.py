"""GRANT, REVOKE and ALTER DEFAULT PRIVILEGES."""

from __future__ import annotations

import re

from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_name, quote_string
from dw_simulator.emulators.redshift.commands.principals import completed, user_name
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.types import Command, Plan, Rewritten, Session
from dw_simulator.emulators.redshift.errors import UnsupportedFeatureError, syntax_error

_GRANTEE = re.compile(r"\b(group|role)\s+(?=[\"\w])", re.I)
_OUTSIDE = re.compile(r"\A\s*(account|namespace|iam_role)\s+'", re.I)
"""Grantees outside of the warehouse: other accounts, namespaces of datashares, roles of IAM."""
_SCOPED = re.compile(
    r"\bfor\s+(tables|schemas|functions|procedures|languages|copy\s+jobs|templates)\s+in\s+(schema|database)\b", re.I
)
_SYSTEM_PRIVILEGES = re.compile(
    r"^\s*(create|drop|alter|truncate|access|explain|ignore|analyze|vacuum|cancel)\b[\w\s,]*$", re.I
)
_TABLE_PRIVILEGES = {"drop", "alter", "truncate"}


@command("grant", "revoke")
def grant(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    verb = reader.next().text.upper()
    option = ""
    if verb == "REVOKE":
        if reader.take("grant", "option", "for"):
            option = "GRANT OPTION FOR "
        elif reader.take("admin", "option", "for"):
            option = "ADMIN OPTION FOR "
    if reader.take("assumerole"):
        return Command(completed(verb))
    preposition = "to" if verb == "GRANT" else "from"
    privileges = _until_word(reader, "on", preposition)
    if _SCOPED.search(privileges):
        raise UnsupportedFeatureError(f"{verb} of scoped permissions (FOR … IN …)")
    if reader.take("on"):
        target = _of_database(_until_word(reader, preposition), session)
        if not target:
            raise reader.error()
        reader.expect(preposition)
        return _grant_on(verb, option, privileges, target, reader.rest())
    reader.expect(preposition)
    grantees = reader.rest()
    if _SYSTEM_PRIVILEGES.match(privileges) and " " in privileges.strip():
        return Command(completed(verb))
    roles = re.sub(r"(\A|,)\s*role\s+", r"\1 ", privileges, flags=re.I).strip()
    return Rewritten(f"{verb} {option}{_principals(roles)} {preposition.upper()} {_principals(grantees)}", tag=verb)


def _principals(names: str) -> str:
    """Users, groups and roles for the backend, for which all are roles; a system role is ``sys:name``."""
    plain = re.sub(r"(?<![\w\":])(\w+):(\w+)\b(?!\")", r'"\1:\2"', _GRANTEE.sub("", names))
    return _lower_quoted(plain)


def _until_word(reader: Reader, *words: str) -> str:
    start = reader.current
    if start is None:
        raise reader.error()
    end = start.start
    while (token := reader.current) is not None and token.word not in words:
        end = token.end
        reader.position += 1
    return reader.sql[start.start : end]


def _of_database(target: str, session: Session) -> str:
    """``SCHEMA database.schema`` as the backend has it, which knows no schema of another database.

    Raises:
        UnsupportedFeatureError: it is in another database.
    """
    match = re.match(r"(schema\s+)(.*)\Z", target, re.I | re.S)
    if match is None:
        return target
    reader = Reader(match[2])
    names = []
    while True:
        parts = reader.qualified_name()
        if len(parts) > 1 and parts[-2].lower() != session.database.lower():
            raise UnsupportedFeatureError("privileges on schemas of another database")
        names.append(quote_name(parts[-1]))
        if not reader.take(","):
            break
    reader.finish()
    return match[1] + ", ".join(names)


def _grant_on(verb: str, option: str, privileges: str, target: str, grantees: str) -> Plan:
    kind = target.split(None, 1)[0].lower()
    if kind in ("datashare", "model", "copy", "external", "template", "library", "integration"):
        raise UnsupportedFeatureError(f"{verb} ON {kind.upper()}")
    outside = _OUTSIDE.match(grantees)
    if outside is not None:
        raise UnsupportedFeatureError(f"{verb} {'TO' if verb == 'GRANT' else 'FROM'} {outside[1].upper()}")
    if kind == "language":
        language = target.split()[-1].lower()
        if language not in ("sql", "plpgsql"):
            return Command(completed(verb))
    words = _privileges(privileges)
    if kind == "database" and "usage" in [word.lower() for word in words]:
        raise UnsupportedFeatureError(f"{verb} USAGE ON DATABASE, which is for databases of datashares,")
    kept = [word for word in words if word.split("(")[0].strip().lower() not in _TABLE_PRIVILEGES]
    if not kept:
        return Command(completed(verb))
    if grantees.lower().startswith(("rls policy", "masking policy")):
        return Command(completed(verb))  # a policy runs with its owner's rights
    preposition = "TO" if verb == "GRANT" else "FROM"
    text = f"{verb} {option}{', '.join(kept)} ON {_lower_quoted(target)} {preposition} {_principals(grantees)}"
    return Rewritten(text, tag=verb)


def _privileges(text: str) -> list[str]:
    return [word for word in re.split(r"\s*,\s*(?![^(]*\))", text.strip()) if word]


def _lower_quoted(text: str) -> str:
    return re.sub(r'"(?:[^"]|"")*"', lambda match: match[0].lower(), text)


_DEFAULTS = re.compile(
    r"(?P<head>.*?\b(?:grant|revoke)\s+(?:grant\s+option\s+for\s+)?)(?P<privileges>[\w\s,]+?)\s+on\s+(?P<kind>\w+)"
    r"\s+(?P<preposition>to|from)\s+(?P<grantees>.*)\Z",
    re.I | re.S,
)


@command("alter default privileges")
def default_privileges(sql: str, session: Session) -> Plan:  # noqa: ARG001 - one interface
    """Privileges that the backend does not have are those that everything here may be done without."""
    match = _DEFAULTS.match(sql)
    if match is None:
        raise syntax_error("privileges")
    if match["kind"].lower() == "procedures":
        return _of_procedures(sql)
    kept = [word for word in _privileges(match["privileges"]) if word.lower() not in _TABLE_PRIVILEGES]
    if not kept:
        return Command(completed("ALTER DEFAULT PRIVILEGES"))
    head = re.sub(r"\bfor\s+user\b", "FOR ROLE", match["head"], flags=re.I)
    grantees = _principals(match["grantees"])
    return Rewritten(
        f"{_lower_quoted(head)}{', '.join(kept)} ON {match['kind']} {match['preposition']} {grantees}",
        tag="ALTER DEFAULT PRIVILEGES",
    )


def _of_procedures(sql: str) -> Plan:
    """PostgreSQL has no default privileges of procedures: ``catalog/36_procedures.sql`` gives them to new ones."""
    reader = Reader(sql)
    reader.expect("alter", "default", "privileges")
    owners = _principal_names(reader) if reader.take("for", "user") else []
    schemas = _names(reader) if reader.take("in", "schema") else []
    grants = reader.take("grant")
    if not grants:
        reader.expect("revoke")
    option = not grants and reader.take("grant", "option", "for")
    if reader.take("all"):
        reader.take("privileges")
    else:
        reader.expect("execute")
    reader.expect("on", "procedures")
    reader.expect("to" if grants else "from")
    grantees = _principal_names(reader)
    if grants:
        option = reader.take("with", "grant", "option")
    else:
        reader.take("restrict")
    reader.finish()
    arrays = ", ".join(
        f"CAST(ARRAY[{', '.join(map(quote_string, names))}] AS text[])" for names in (owners, schemas, grantees)
    )
    call = f"SELECT pg_catalog.dw_default_procedure({str(grants).lower()}, {str(option).lower()}, {arrays})"
    return Command(completed("ALTER DEFAULT PRIVILEGES", call))


def _names(reader: Reader) -> list[str]:
    names = [reader.name()]
    while reader.take(","):
        names.append(reader.name())
    return names


def _principal_names(reader: Reader) -> list[str]:
    """Users, groups and roles; PUBLIC is ""."""
    names: list[str] = []
    while not names or reader.take(","):
        if reader.take("public"):
            names.append("")
        else:
            reader.take_any("group", "role")
            names.append(user_name(reader))
    return names
