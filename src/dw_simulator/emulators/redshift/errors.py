"""The one table of errors the Redshift emulator raises, with the SQLSTATEs and wording Redshift uses.

    RedshiftError                 anything that becomes an ErrorResponse
    ├── BackendError              PostgreSQL refused; carries its fields, reworded where Redshift words it differently
    ├── UnsupportedFeatureError   Redshift has it, the emulator does not: names the feature
    └── FatalError         FATAL: the session cannot start or go on

Constructors for the errors Redshift itself raises are functions at the end of this module: one place to look up a code.
Source of codes: "Amazon Redshift Database Developer Guide", and PostgreSQL's "Appendix A. Error Codes".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dw_simulator.emulators.redshift.installed import installed
from dw_simulator.emulators.redshift.short_names import lengthened

SYNTAX_ERROR = "42601"
FEATURE_NOT_SUPPORTED = "0A000"
INTERNAL_ERROR = "XX000"
QUERY_CANCELED = "57014"
INVALID_AUTHORIZATION = "28000"
UNDEFINED_TABLE = "42P01"
UNDEFINED_COLUMN = "42703"
UNDEFINED_OBJECT = "42704"
ACTIVE_SQL_TRANSACTION = "25001"
IN_FAILED_TRANSACTION = "25P02"
INVALID_PARAMETER_VALUE = "22023"
STRING_TOO_LONG = "22001"
PROTOCOL_VIOLATION = "08P01"
ADMIN_SHUTDOWN = "57P01"
DISK_FULL = "53100"


class RedshiftError(Exception):
    """An error that goes to the client as an ErrorResponse.

    ``position`` is the 1-based character offset into the statement as the client sent it.
    """

    severity = "ERROR"

    def __init__(
        self,
        sqlstate: str,
        message: str,
        detail: str | None = None,
        hint: str | None = None,
        *,
        position: int | None = None,
    ) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.message = message
        self.detail = detail
        self.hint = hint
        self.position = position

    def word(self, words: Callable[[dict[str, str]], dict[str, str]]) -> None:
        """Say it in the words that the statement asks for; only PostgreSQL's errors are not in them from the start."""

    def fields(self) -> dict[str, str]:
        """The ErrorResponse fields by their one-letter codes."""
        fields = {"S": self.severity, "C": self.sqlstate, "M": self.message}
        if self.detail:
            fields["D"] = self.detail
        if self.hint:
            fields["H"] = self.hint
        if self.position:
            fields["P"] = str(self.position)
        return fields


class FatalError(RedshiftError):
    """The session cannot start, or cannot go on. The connection is closed after it."""

    severity = "FATAL"


class DiskFullError(FatalError):
    """PostgreSQL went away because its disk is full.

    It is sent as an error of the statement, with ReadyForQuery behind it: redshift_connector shows no error of a
    connection that ends without.
    """

    severity = "ERROR"

    def __init__(self, folder: str) -> None:
        super().__init__(
            DISK_FULL,
            f"Disk Full: no space is left on the disk that holds {folder}; the transaction is rolled back",
            hint="free some space and connect again; what was committed is kept",
        )


class UnsupportedFeatureError(RedshiftError):
    """Documented in Redshift, not emulated. Never let such a statement through: it would mean something else."""

    def __init__(self, feature: str, hint: str | None = None) -> None:
        super().__init__(
            FEATURE_NOT_SUPPORTED,
            f"{feature} is not supported by the Redshift emulator",
            hint=hint,
        )
        self.feature = feature


class BackendError(RedshiftError):
    """PostgreSQL refused a statement; ``raw`` has every field it sent."""

    def __init__(self, raw: Mapping[str, str]) -> None:
        fields = reword(raw)
        super().__init__(
            fields.get("C", INTERNAL_ERROR), fields.get("M", "unknown error"), fields.get("D"), fields.get("H")
        )
        self.raw = dict(raw)
        self._fields = fields

    def word(self, words: Callable[[dict[str, str]], dict[str, str]]) -> None:
        self._fields = words(self._fields)
        self.sqlstate, self.message = self._fields.get("C", self.sqlstate), self._fields.get("M", self.message)
        self.detail, self.hint = self._fields.get("D"), self._fields.get("H")

    def fields(self) -> dict[str, str]:
        return dict(self._fields)


# --- PostgreSQL's wording -> Redshift's ---
@dataclass(frozen=True, slots=True)
class Rewording:
    """Errors with ``sqlstate`` whose message matches ``pattern`` get ``message`` (a re template) and ``new_state``."""

    sqlstate: str
    pattern: re.Pattern[str]
    message: str
    new_state: str | None = None


def _row(sqlstate: str, pattern: str, message: str, new_state: str | None = None) -> Rewording:
    return Rewording(sqlstate, re.compile(pattern, re.S), message, new_state)


_MIXED_COLLATIONS = "Query with different collations is not supported yet."
REWORDINGS: tuple[Rewording, ...] = (
    # Strings with COLLATE CASE_INSENSITIVE are types of their own: functions/96_collation.sql.
    _row(
        "42883",
        r"operator does not exist: (?:super \S+ dw_ci\w*|dw_ci\w* \S+ super)",
        "Coercing from case insensitive string to SUPER is not supported.",
        FEATURE_NOT_SUPPORTED,
    ),
    _row(
        "42883",
        r"(?=.*\bdw_ci)(?=.*\b(?:character varying|character|text)\b).*does not exist.*",
        _MIXED_COLLATIONS,
        FEATURE_NOT_SUPPORTED,
    ),
    _row("42804", r".*\bdw_ci.* cannot be matched", _MIXED_COLLATIONS, FEATURE_NOT_SUPPORTED),
    _row("42846", r"\S+ could not convert type .*\bdw_ci.*", _MIXED_COLLATIONS, FEATURE_NOT_SUPPORTED),
    _row(
        "42883",
        r"(?=.*\bdw_ci)(?:(function) (?:pg_catalog\.)?(\w+)\(|(operator) does not exist: \S+ (\S+) ).*",
        r"\1\3 \2\4 on a string with COLLATE CASE_INSENSITIVE is not supported by the Redshift emulator",
        FEATURE_NOT_SUPPORTED,
    ),
    _row(
        "0A000",
        r'cannot update column "(.+?)" of view ".+?"',
        r'UPDATE of column "\1", which a masking policy masks for the user, is not supported by the Redshift emulator',
        FEATURE_NOT_SUPPORTED,
    ),
    _row(
        "0A000",
        r'cross-database references are not implemented: "([^"]+?)\.[^"]+"',
        r'cross-database reference to database "\1" is not supported',
    ),
    _row(
        "42501",
        r"(permission denied for|must be owner of) (?:table|view|materialized view|foreign table|index) (.*)",
        r"\1 relation \2",
    ),
    _row(
        "0LP01",
        r'role ".+?" is a member of role ".+?"',
        "cannot grant this role, a circular dependency was detected between these roles",
    ),
    _row("22012", r"division by zero", "Divide by zero"),
    _row("428C9", r'cannot insert a non-DEFAULT value into column ".+"', "cannot set an identity column to a value"),
    _row("57014", r"canceling statement due to user request", "Query cancelled on user's request"),
    _row("57014", r"canceling statement due to statement timeout", "Query cancelled on statement timeout"),
    _row("53100", r"could not .*: No space left on device", "Disk Full: no space is left for the data of the emulator"),
    _row(
        "23502",
        r'null value in column "(.+?)" of relation ".+?" violates not-null constraint',
        r"Cannot insert a NULL value into column \1",
        INTERNAL_ERROR,
    ),
)
_BY_STATE: dict[str, list[Rewording]] = {}
for _entry in REWORDINGS:
    _BY_STATE.setdefault(_entry.sqlstate, []).append(_entry)

# File, line and routine name PostgreSQL's own sources, internal query and position a text of the emulator's;
# "V" (unlocalised severity) is unknown to an 8.0 server.
_DROPPED_FIELDS = frozenset("VFLRdntcspq")


_SKIPPED = re.compile(r'([a-z ]+) (".*" (?:does not exist|already exists)), skipping')
"""What IF EXISTS and IF NOT EXISTS tell ("CALL", "Examples")."""
_IN_FUNCTION = re.compile(r'(?:PL/pgSQL|SQL) function "?(\w+)')


def reword(raw: Mapping[str, str]) -> dict[str, str]:
    """Field codes to values of an ErrorResponse or NoticeResponse, as Redshift would send them."""
    fields = {code: value for code, value in raw.items() if code not in _DROPPED_FIELDS and (value or code not in "DH")}
    message = fields.get("M", "")
    skipped = _SKIPPED.fullmatch(message)
    if skipped and fields.get("S") == "NOTICE":
        fields["S"] = "INFO"
        fields["M"] = f"{skipped[1].capitalize()} {skipped[2]} and will be skipped"
    for entry in _BY_STATE.get(fields.get("C", ""), ()):
        match = entry.pattern.fullmatch(message)
        if match:
            fields["M"] = match.expand(entry.message)
            fields["C"] = entry.new_state or fields["C"]
            if entry.new_state:
                fields.pop("H", None)
                fields.pop("D", None)
            break
    for code in "MDH":
        if code in fields:
            fields[code] = lengthened(fields[code])
    if "dw_" in fields.get("W", ""):
        del fields["W"]  # a function of the emulator's own
        fields.pop("q", None)
    elif "W" in fields and (context := _users_context(fields.pop("W"))):
        fields["W"] = context
    if "explicit type casts" in fields.get("H", ""):
        fields["H"] = fields["H"].replace("You might need", "You may need")
    if "OVERRIDING" in fields.get("H", ""):
        del fields["H"]  # a clause that Redshift does not have
    return fields


def _users_context(context: str) -> str:
    """The lines of a CONTEXT that are about functions and procedures of the user's, not about how ours are made."""

    def is_own(line: str) -> bool:
        named = _IN_FUNCTION.match(line)
        return line.startswith("JSON data, line ") or (named is not None and named[1] in installed())

    return "\n".join(line for line in context.split("\n") if not is_own(line))


# --- errors Redshift raises itself ---
def boxed(message: str, code: int, context: str) -> str:
    """The DETAIL of an error of a compute node or of COPY, without what is Redshift's own: query, location, process."""
    line = "  " + "-" * 47
    return f"\n{line}\n  error:  {message}\n  code:      {code}\n  context:   {context}\n{line}\n"


def syntax_error(near: str, position: int | None = None) -> RedshiftError:
    return RedshiftError(SYNTAX_ERROR, f'syntax error at or near "{near}"', position=position)


def password_failed(user: str) -> FatalError:
    return FatalError(INVALID_AUTHORIZATION, f'password authentication failed for user "{user}"')


def backend_lost(detail: str | None = None) -> FatalError:
    return FatalError(
        ADMIN_SHUTDOWN,
        "the database behind the Redshift emulator went away; the connection is closed",
        detail,
        "it restarts by itself within seconds: connect again",
    )


def other_database(name: str) -> RedshiftError:
    return RedshiftError(FEATURE_NOT_SUPPORTED, f'cross-database reference to database "{name}" is not supported')


def not_in_transaction_block(statement: str) -> RedshiftError:
    """Of VACUUM, ALTER TABLE APPEND, CREATE DATABASE, … inside BEGIN … COMMIT."""
    return RedshiftError(ACTIVE_SQL_TRANSACTION, f"{statement} cannot run inside a transaction block")


def transaction_aborted() -> RedshiftError:
    return RedshiftError(
        IN_FAILED_TRANSACTION, "current transaction is aborted, commands ignored until end of transaction block"
    )


def cancelled() -> RedshiftError:
    return RedshiftError(QUERY_CANCELED, "Query cancelled on user's request")


def python_ended() -> RedshiftError:
    """Of functions and libraries in Python: Redshift's own support of them has ended ("User-defined functions")."""
    return RedshiftError(
        FEATURE_NOT_SUPPORTED,
        "Python UDFs are no longer supported: Amazon Redshift ended their support on June 30, 2026",
        hint="Write the function in SQL.",
    )
