"""SET, SHOW and RESET of parameters ("Configuration reference").

PostgreSQL's own parameters go to PostgreSQL; Redshift's live in the session, so that a rollback does not touch them.
"""

from __future__ import annotations

from dw_simulator.emulators.redshift.commands.external import refuse_in_search_path
from dw_simulator.emulators.redshift.commands.lexer import Reader, quote_name, quote_string
from dw_simulator.emulators.redshift.commands.registry import command
from dw_simulator.emulators.redshift.commands.transactions import transaction_mode
from dw_simulator.emulators.redshift.commands.types import Column, Command, Plan, Rewritten, Session, Statement
from dw_simulator.emulators.redshift.conversation import Conversation
from dw_simulator.emulators.redshift.errors import RedshiftError, UnsupportedFeatureError

DEFAULTS: dict[str, str] = {
    "activate_aqua": "auto",
    "analyze_threshold_percent": "10",
    "auto_analyze": "on",
    "auto_mv": "on",
    "cast_super_null_on_error": "on",
    "datashare_break_glass_session_var": "unset",
    "default_array_search_null_handling": "on",
    "default_geometry_encoding": "1",
    "describe_field_name_in_uppercase": "off",
    "downcase_delimited_identifier": "on",
    "enable_case_sensitive_identifier": "off",
    "enable_case_sensitive_super_attribute": "off",
    "enable_numeric_rounding": "on",
    "enable_result_cache_for_session": "on",
    "enable_spectrum_oid": "on",
    "enable_vacuum_boost": "off",
    "error_on_nondeterministic_update": "off",
    "json_parse_dedup_attributes": "off",
    "json_parse_truncate_strings": "off",
    "json_serialization_enable": "off",
    "json_serialization_parse_nested_strings": "off",
    "max_concurrency_scaling_clusters": "1",
    "max_cursor_result_set_size": "0",
    "mv_enable_aqmv_for_session": "on",
    "navigate_super_null_on_error": "on",
    "parse_super_null_on_error": "off",
    "pg_federation_repeatable_read": "on",
    "query_group": "unset",
    "require_ssl": "off",
    "spectrum_enable_pseudo_columns": "on",
    "spectrum_query_maxerror": "-1",
    "stored_proc_log_min_messages": "LOG",
    "use_fips_ssl": "off",
    "wlm_json_configuration": "",
    "wlm_query_slot_count": "1",
    "interval_forbid_composite_literals": "on",
    "enable_user_activity_logging": "off",
    "search_path_case": "off",
}
"""Redshift's own parameters and the values a new session shows."""

_FIXED = frozenset(
    [
        "cast_super_null_on_error",
        "default_geometry_encoding",
        "downcase_delimited_identifier",
        "enable_numeric_rounding",
        "json_parse_dedup_attributes",
        "json_parse_truncate_strings",
        "navigate_super_null_on_error",
        "spectrum_enable_pseudo_columns",
        "spectrum_query_maxerror",
    ]
)
"""Parameters that change results, and are not emulated with other values than those of a new session."""

_OF_PLANS = frozenset(["error_on_nondeterministic_update"])
"""Parameters by which statements are planned otherwise, besides those that a translation knows of."""

_BACKEND = frozenset(
    [
        "application_name",
        "client_encoding",
        "datestyle",
        "extra_float_digits",
        "intervalstyle",
        "search_path",
        "statement_timeout",
        "timezone",
        "client_min_messages",
        "default_transaction_isolation",
        "transaction_isolation",
        "default_transaction_read_only",
        "transaction_read_only",
        "bytea_output",
        "lc_messages",
        "standard_conforming_strings",
        "server_version",
        "server_encoding",
        "is_superuser",
        "session_authorization",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
        "role",
    ]
)
_USUAL = " ISOLATION LEVEL READ COMMITTED"
"""PostgreSQL's own level, which stands for every level of Redshift; see `transactions.begin`."""
_SWITCHES = {"true": "on", "false": "off", "on": "on", "off": "off"}


def _name(reader: Reader) -> str:
    if reader.take("time", "zone"):
        return "timezone"
    return ".".join(reader.qualified_name())


# --- SET -------------------------------------------------------------------------------------------------------------
@command("set")
def set_parameter(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    reader.expect("set")
    local = " LOCAL" if reader.take("local") else ""
    reader.take("session") if not reader.ahead("session", "authorization") else None
    if reader.take("session", "authorization"):
        return _session_authorization(reader)
    if reader.take("characteristics", "as", "transaction"):
        return Rewritten(f"SET SESSION CHARACTERISTICS AS TRANSACTION{transaction_mode(reader) or _USUAL}")
    if reader.take("transaction"):
        return Rewritten(f"SET TRANSACTION{transaction_mode(reader) or _USUAL}")
    if reader.take("seed"):
        return _seed(reader)
    name = _name(reader)
    reader.take_any("to", "=")
    values = _values(reader)
    if name in _BACKEND:
        plan = _set_backend(name, values, local)
        if name == "search_path":
            return refuse_in_search_path(sql, session, plan, [value.lower() for value in values])
        return plan
    if "." not in name and name not in DEFAULTS:
        raise RedshiftError("42704", f'unrecognized configuration parameter "{name}"')
    value = ", ".join(values)
    if name in _FIXED and _SWITCHES.get(value.lower(), value) not in ("default", DEFAULTS[name]):
        raise UnsupportedFeatureError(f"SET {name} TO {value}")
    return Command(_setter(session, name, value))


def _values(reader: Reader) -> list[str]:
    if reader.take("interval"):
        return [reader.string()]
    values: list[str] = []
    sign = ""
    while not reader.at_end():
        token = reader.next()
        if token.word == "-":
            sign = "-"
        elif token.word != ",":
            values.append(sign + token.value)
            sign = ""
    if not values:
        raise reader.error()
    return values


def _setter(session: Session, name: str, value: str):  # type: ignore[no-untyped-def]
    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        if value == "default":
            session.parameters.pop(name, None)
        else:
            session.parameters[name] = _SWITCHES.get(value.lower(), value)
        if name in _OF_PLANS:
            session.generation += 1
        await conversation.execute(_shown(name, session))
        conversation.complete("SET")

    return run


def _shown(name: str, session: Session) -> str:
    """Let functions of the backend (current_setting) see a parameter of Redshift's."""
    value = session.parameters.get(name, "")
    key = "dw." + "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in name)
    return f"SELECT pg_catalog.set_config({quote_string(key)}, {quote_string(value)}, false)"


def _set_backend(name: str, values: list[str], local: str) -> Plan:
    if name == "search_path":
        return Rewritten(f"SET{local} search_path TO {', '.join(quote_name(value.lower()) for value in values)}")
    value = values[0]
    if value == "default":
        return Rewritten(f"SET{local} {name} TO DEFAULT")
    if name == "client_encoding":
        check_encoding(value)
    if name == "timezone":
        return Rewritten(f"SET{local} timezone TO {quote_string(_time_zone(value))}")
    return Rewritten(f"SET{local} {name} TO {quote_string(', '.join(values))}")


_ENCODINGS = frozenset(["utf8", "unicode", "sqlascii"])


def check_encoding(name: str) -> None:
    """Clients speak UTF-8, under one of its names, or pass bytes as they are.

    Raises:
        RedshiftError: 22023, another encoding.
    """
    plain = name.strip("'\"").lower().replace("-", "").replace("_", "")
    if plain not in _ENCODINGS:
        raise RedshiftError("22023", f"conversion between {name.upper()} and UNICODE is not supported")


def _time_zone(value: str) -> str:
    """``-8:00`` and ``-8 hours`` count east of Greenwich, which POSIX names count west of it."""
    text = value.removesuffix("hours").strip()
    head, _, tail = text.partition(":")
    if head.lstrip("+-").isdigit() and (not tail or tail.isdigit()):
        hours = -int(head)
        return f"<{head}>{hours:+d}:{tail or '00'}"
    return value


def _session_authorization(reader: Reader) -> Plan:
    token = reader.next()
    value = "DEFAULT" if token.word == "default" else quote_name(token.value.lower())
    return Rewritten(f"SET SESSION AUTHORIZATION {value}")


def _seed(reader: Reader) -> Plan:
    reader.take_any("to", "=")
    value = _values(reader)[0]

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        await conversation.execute(f"SELECT pg_catalog.setseed({quote_string(value)})")
        conversation.complete("SET")

    return Command(run)


# --- RESET -----------------------------------------------------------------------------------------------------------
@command("reset")
def reset(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    reader.expect("reset")
    if reader.take("session", "authorization"):
        return Rewritten("RESET SESSION AUTHORIZATION")
    if reader.take("all"):
        return Command(_reset_all(session))
    name = _name(reader)
    reader.finish()
    if name in _BACKEND:
        return Rewritten(f"RESET {name}")
    if "." not in name and name not in DEFAULTS:
        raise RedshiftError("42704", f'unrecognized configuration parameter "{name}"')

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        session.parameters.pop(name, None)
        if name in _OF_PLANS:
            session.generation += 1
        await conversation.execute(_shown(name, session))
        conversation.complete("RESET")

    return Command(run)


def _reset_all(session: Session):  # type: ignore[no-untyped-def]
    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        session.parameters.clear()
        session.generation += 1
        await conversation.execute("RESET ALL")
        conversation.complete("RESET")

    return run


# --- SHOW ------------------------------------------------------------------------------------------------------------
@command("show")
def show(sql: str, session: Session) -> Plan:
    reader = Reader(sql)
    reader.expect("show")
    if reader.take("all"):
        return _show_all(session)
    if reader.take("transaction", "isolation", "level"):
        reader.finish()
        return Rewritten("SHOW transaction_isolation")
    name = _name(reader)
    reader.finish()
    if name in _BACKEND or name == "transaction_isolation_level":
        return Rewritten(f"SHOW {name}")
    if "." not in name and name not in DEFAULTS:
        raise RedshiftError("42704", f'unrecognized configuration parameter "{name}"')
    columns = (Column(name),)

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        value = session.parameters.get(name, DEFAULTS.get(name, ""))
        if name in DEFAULTS:
            own = await conversation.execute(f"SELECT pg_catalog.current_setting('dw.{name}', true)")
            value = own.scalar() or value
        conversation.send_rows(columns, [(value,)])
        conversation.complete("SHOW")

    return Command(run, columns)


def _show_all(session: Session) -> Plan:
    columns = (Column("name"), Column("setting"))

    async def run(statement: Statement, conversation: Conversation) -> None:  # noqa: ARG001 - one interface
        names = ", ".join(quote_string(name) for name in sorted(_BACKEND))
        found = await conversation.execute(
            f"SELECT lower(name), setting FROM pg_catalog.pg_settings WHERE lower(name) IN ({names})"
        )
        rows = {str(name): value for name, value in found.rows} | DEFAULTS | session.parameters
        conversation.send_rows(columns, sorted(rows.items()))
        conversation.complete("SHOW")

    return Command(run, columns)
