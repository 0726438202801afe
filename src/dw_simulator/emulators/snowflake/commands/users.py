"""What only users have: DESCRIBE USER, public keys, programmatic access tokens.

Vendor pages: "DESCRIBE USER", "ALTER USER … ADD PROGRAMMATIC ACCESS TOKEN", "SHOW USER PROGRAMMATIC ACCESS TOKENS".
"""

from __future__ import annotations

import datetime as dt

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.catalog.model import Entry, now
from dw_simulator.emulators.snowflake.catalog.store import Changes
from dw_simulator.emulators.snowflake.commands import ddl
from dw_simulator.emulators.snowflake.commands.options import properties
from dw_simulator.emulators.snowflake.commands.registry import Run, command
from dw_simulator.emulators.snowflake.logins import users
from dw_simulator.emulators.snowflake.results import ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.types import model as m

TOKEN_VERBS = ("ADD", "ROTATE", "REMOVE", "MODIFY")

_PROPERTIES = (
    "NAME", "COMMENT", "DISPLAY_NAME", "TYPE", "LOGIN_NAME", "FIRST_NAME", "MIDDLE_NAME", "LAST_NAME", "EMAIL",
    "PASSWORD", "MUST_CHANGE_PASSWORD", "DISABLED", "SNOWFLAKE_LOCK", "SNOWFLAKE_SUPPORT", "DAYS_TO_EXPIRY",
    "MINS_TO_UNLOCK", "DEFAULT_WAREHOUSE", "DEFAULT_NAMESPACE", "DEFAULT_ROLE", "DEFAULT_SECONDARY_ROLES",
    "EXT_AUTHN_DUO", "EXT_AUTHN_UID", "MINS_TO_BYPASS_MFA", "MINS_TO_BYPASS_NETWORK_POLICY", "RSA_PUBLIC_KEY",
    "RSA_PUBLIC_KEY_FP", "RSA_PUBLIC_KEY_LAST_SET_TIME", "RSA_PUBLIC_KEY_2", "RSA_PUBLIC_KEY_2_FP",
    "RSA_PUBLIC_KEY_2_LAST_SET_TIME", "PASSWORD_LAST_SET_TIME",
)  # fmt: skip
_FALSE = frozenset({"MUST_CHANGE_PASSWORD", "DISABLED", "SNOWFLAKE_LOCK", "SNOWFLAKE_SUPPORT", "EXT_AUTHN_DUO"})


@command("DESCRIBE USER", "DESC USER")
def describe_user(run: Run) -> StatementResult:
    name = ddl.object_name(run)[-1]
    run.parser.expect_end()
    entry = _user(run, name)
    columns = [ResultColumn(label, m.text()) for label in ("property", "value", "default", "description")]
    rows = [(label, _shown(entry, label), "false" if label in _FALSE else "null", "") for label in _PROPERTIES]
    return StatementResult.rows(columns, rows, StatementType.DESCRIBE)


def _shown(entry: Entry, label: str) -> str:
    if label == "NAME":
        return entry.name
    if label == "COMMENT":
        return entry.comment or "null"
    if label == "PASSWORD":
        return "********" if users.PASSWORD_HASH in entry.properties else "null"
    if label in ("LOGIN_NAME", "DISPLAY_NAME"):
        return str(entry.properties.get(label.lower(), entry.name))
    value = entry.properties.get(label.lower())
    if isinstance(value, bool) or label in _FALSE:
        return "true" if value is True else "false"
    return "null" if value is None else str(value)


def _user(run: Run, name: str) -> Entry:
    entry, access = run.engine.catalog.get("USER", name=name), run.engine.access(run.session, run.state)
    if entry is None or (access is not None and not access.sees(entry)):
        raise errors.KIND_NOT_FOUND("User", name)
    return entry


# --- programmatic access tokens ---------------------------------------------------------------------------------------
def change_tokens(run: Run, entry: Entry) -> StatementResult:
    """ALTER USER … { ADD | ROTATE | REMOVE | MODIFY } PROGRAMMATIC ACCESS TOKEN; ``entry`` is a copy."""
    parser = run.parser
    verb = parser.next().value
    if not parser.accept("PAT"):
        parser.expect("PROGRAMMATIC", "ACCESS", "TOKEN")
    name = parser.identifier()
    match verb:
        case "ADD":
            result = _one_row(("token_name", "token_secret"), name, users.add_token(entry, name, properties(parser)))
        case "ROTATE":
            hours = str(properties(parser).get("EXPIRE_ROTATED_TOKEN_AFTER_HOURS", "24"))
            secret, rotated = users.rotate_token(entry, name, hours)
            result = _one_row(("token_name", "token_secret", "rotated_token_name"), name, secret, rotated)
        case "REMOVE":
            users.token(entry, name)
            del users.tokens(entry)[name]
            result = StatementResult.status(f"Programmatic access token {name} successfully removed.")
        case _:
            _modify(run, entry, name)
            result = ddl.succeeded()
    parser.expect_end()
    changes = Changes()
    changes.put(entry)
    run.engine.apply(run, changes)
    return result


def _modify(run: Run, entry: Entry, name: str) -> None:
    parser = run.parser
    found = users.token(entry, name)
    if parser.accept("RENAME", "TO"):
        new = parser.identifier()
        if new in users.tokens(entry):
            raise errors.ALREADY_EXISTS(new)
        users.tokens(entry)[new] = users.tokens(entry).pop(name)
        return
    parser.expect("SET")
    given = properties(parser)
    for key, value in given.items():
        if key not in ("DISABLED", "COMMENT", "MINS_TO_BYPASS_NETWORK_POLICY_REQUIREMENT"):
            raise errors.INVALID_PROPERTY(key, "PROGRAMMATIC ACCESS TOKEN")
        found[key.lower()] = value


def _one_row(names: tuple[str, ...], *values: str) -> StatementResult:
    columns = [ResultColumn(name, m.text()) for name in names]
    return StatementResult.rows(columns, [values], StatementType.MANAGE_TOKENS)


_TOKEN_COLUMNS = (
    "name", "user_name", "role_restriction", "expires_at", "status", "comment", "created_on", "created_by",
    "mins_to_bypass_network_policy_requirement", "rotated_to",
)  # fmt: skip
_MOMENTS = frozenset({"expires_at", "created_on"})


@command(
    "SHOW USER PROGRAMMATIC ACCESS TOKENS", "SHOW USER PATS", "SHOW USER PROGRAMMATIC ACCESS TOKEN", "SHOW USER PAT"
)
def show_tokens(run: Run) -> StatementResult:
    parser = run.parser
    name = parser.identifier() if parser.accept("FOR", "USER") else run.session.user
    parser.expect_end()
    entry = _user(run, name)
    columns = [ResultColumn(label, m.timestamp_ltz(3) if label in _MOMENTS else m.text()) for label in _TOKEN_COLUMNS]
    rows = [
        (
            token, entry.name, found["role"], dt.datetime.fromisoformat(found["expires"]),
            users.token_status(found, now()), found["comment"], dt.datetime.fromisoformat(found["created"]), entry.name,
            None, found.get("rotated_to"),
        )
        for token, found in sorted(entry.properties.get(users.TOKENS, {}).items())
    ]  # fmt: skip
    return StatementResult.rows(columns, rows, StatementType.SHOW)
