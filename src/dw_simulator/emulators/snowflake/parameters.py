# ruff: noqa: E501 - a table, one row a parameter
"""Session parameters: names, types, defaults. Vendor page: "Parameters"."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from dw_simulator.emulators.snowflake.errors import SnowflakeError

ParameterValue = str | int | bool
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter a session can see. ``kind`` and ``default`` are as SHOW PARAMETERS prints them."""

    name: str
    kind: Literal["STRING", "NUMBER", "BOOLEAN"]
    default: ParameterValue
    description: str = ""
    to_client: bool = True
    """Whether login and query responses tell it to the driver."""
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None


_ROWS: tuple[Parameter, ...] = (
    Parameter("ABORT_DETACHED_QUERY", "BOOLEAN", False, "Abort queries whose session lost its connection", False),
    Parameter("AUTOCOMMIT", "BOOLEAN", True, "Commit after each statement outside a transaction"),
    Parameter("AUTOCOMMIT_API_SUPPORTED", "BOOLEAN", True, "Whether drivers may set AUTOCOMMIT"),
    Parameter("BINARY_INPUT_FORMAT", "STRING", "HEX", "Format of text that becomes binary", False, ("HEX", "BASE64", "UTF8", "UTF-8")),
    Parameter("BINARY_OUTPUT_FORMAT", "STRING", "HEX", "Format of binary that becomes text", True, ("HEX", "BASE64")),
    Parameter("CLIENT_DISABLE_INCIDENTS", "BOOLEAN", True),
    Parameter("CLIENT_ENABLE_LOG_INFO_STATEMENT_PARAMETERS", "BOOLEAN", False),
    Parameter("CLIENT_HONOR_CLIENT_TZ_FOR_TIMESTAMP_NTZ", "BOOLEAN", True),
    Parameter("CLIENT_MEMORY_LIMIT", "NUMBER", 1536, "Memory (MB) a client may use to fetch results"),
    Parameter("CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX", "BOOLEAN", False),
    Parameter("CLIENT_METADATA_USE_SESSION_DATABASE", "BOOLEAN", False),
    Parameter("CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED", "BOOLEAN", False),
    Parameter("CLIENT_PREFETCH_THREADS", "NUMBER", 4, "Threads a client fetches results with", low=1, high=10),
    Parameter("CLIENT_RESULT_CHUNK_SIZE", "NUMBER", 160, "Largest chunk (MB) of a result", low=16, high=160),
    Parameter("CLIENT_RESULT_COLUMN_CASE_INSENSITIVE", "BOOLEAN", False),
    Parameter("CLIENT_SESSION_CLONE", "BOOLEAN", False),
    Parameter("CLIENT_SESSION_KEEP_ALIVE", "BOOLEAN", False, "Keep idle sessions alive"),
    Parameter("CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", "NUMBER", 3600, "Seconds between heartbeats", low=900, high=3600),
    Parameter("CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", "NUMBER", 0, "Array binds with more values go through a stage; 0 never"),
    Parameter("CLIENT_TELEMETRY_ENABLED", "BOOLEAN", False),
    Parameter("CLIENT_TELEMETRY_SESSIONLESS_ENABLED", "BOOLEAN", False),
    Parameter("CLIENT_TIMESTAMP_TYPE_MAPPING", "STRING", "TIMESTAMP_LTZ", "Variation that bound timestamps get", True, ("TIMESTAMP_LTZ", "TIMESTAMP_NTZ", "TIMESTAMP_TZ")),
    Parameter("CLIENT_USE_V1_QUERY_API", "BOOLEAN", True),
    Parameter("DATE_INPUT_FORMAT", "STRING", "AUTO", "Input format of DATE"),
    Parameter("DATE_OUTPUT_FORMAT", "STRING", "YYYY-MM-DD", "Display format of DATE"),
    Parameter("ENABLE_STAGE_S3_PRIVATELINK_FOR_US_EAST_1", "BOOLEAN", False),
    Parameter("ENABLE_UNLOAD_PHYSICAL_TYPE_OPTIMIZATION", "BOOLEAN", True, "Physical types of unloaded Parquet", False),
    Parameter("ERROR_ON_NONDETERMINISTIC_MERGE", "BOOLEAN", True, "Error when MERGE joins a row more than once", False),
    Parameter("ERROR_ON_NONDETERMINISTIC_UPDATE", "BOOLEAN", False, "Error when UPDATE joins a row more than once", False),
    Parameter("GEOGRAPHY_OUTPUT_FORMAT", "STRING", "GeoJSON", "Display format of GEOGRAPHY", True, ("GeoJSON", "WKT", "WKB", "EWKT", "EWKB")),
    Parameter("GEOMETRY_OUTPUT_FORMAT", "STRING", "GeoJSON", "Display format of GEOMETRY", True, ("GeoJSON", "WKT", "WKB", "EWKT", "EWKB")),
    Parameter("JDBC_EXECUTE_RETURN_COUNT_FOR_DML", "BOOLEAN", False),
    Parameter("JDBC_RS_COLUMN_CASE_INSENSITIVE", "BOOLEAN", False),
    Parameter("JDBC_TREAT_DECIMAL_AS_INT", "BOOLEAN", True),
    Parameter("JDBC_TREAT_TIMESTAMP_NTZ_AS_UTC", "BOOLEAN", False),
    Parameter("JDBC_USE_SESSION_TIMEZONE", "BOOLEAN", True),
    Parameter("JSON_INDENT", "NUMBER", 2, "Blanks that indent semi-structured values in results", low=0, high=16),
    Parameter("JS_TREAT_INTEGER_AS_BIGINT", "BOOLEAN", False),
    Parameter("LOCK_TIMEOUT", "NUMBER", 43200, "Seconds to wait for a lock", False, low=0),
    Parameter("MULTI_STATEMENT_COUNT", "NUMBER", 1, "Statements in one request; 0 any number", False, low=0),
    Parameter("NOORDER_SEQUENCE_AS_DEFAULT", "BOOLEAN", True, "New sequences and identity columns are NOORDER"),
    Parameter("ODBC_TREAT_DECIMAL_AS_INT", "BOOLEAN", False),
    Parameter("PYTHON_CONNECTOR_QUERY_RESULT_FORMAT", "STRING", "ARROW", "Result format of the Python connector", True, ("JSON", "ARROW", "ARROW_FORCE")),
    Parameter("QUERY_CONTEXT_CACHE_SIZE", "NUMBER", 5),
    Parameter("QUERY_RESULT_FORMAT", "STRING", "ARROW", "Result format of other drivers", True, ("JSON", "ARROW", "ARROW_FORCE")),
    Parameter("QUERY_TAG", "STRING", "", "Tag kept with the session's queries", False),
    Parameter("QUOTED_IDENTIFIERS_IGNORE_CASE", "BOOLEAN", False, "Fold quoted identifiers to upper case", False),
    Parameter("S3_STAGE_VPCE_DNS_NAME", "STRING", "", "Name of an S3 interface endpoint; changes nothing here", False),
    Parameter("ROWS_PER_RESULTSET", "NUMBER", 0, "Most rows a result returns; 0 all", False, low=0),
    Parameter("SEARCH_PATH", "STRING", "$current, $public", "Schemas that unqualified names are looked up in", False),
    Parameter("DOTNET_QUERY_RESULT_FORMAT", "STRING", "ARROW", "Result format of the .NET driver", True, ("JSON", "ARROW", "ARROW_FORCE")),
    Parameter("GO_QUERY_RESULT_FORMAT", "STRING", "ARROW", "Result format of the Go driver", True, ("JSON", "ARROW", "ARROW_FORCE")),
    Parameter("JDBC_QUERY_RESULT_FORMAT", "STRING", "ARROW", "Result format of the JDBC driver", True, ("JSON", "ARROW", "ARROW_FORCE")),
    Parameter("ODBC_QUERY_RESULT_FORMAT", "STRING", "ARROW", "Result format of the ODBC driver", True, ("JSON", "ARROW", "ARROW_FORCE")),
    Parameter("SERVICE_NAME", "STRING", ""),
    Parameter("SQL_API_RESULT_FORMAT", "STRING", "JSON", "", False),
    Parameter("STATEMENT_QUEUED_TIMEOUT_IN_SECONDS", "NUMBER", 0, "Seconds a statement may wait for a warehouse", False, low=0),
    Parameter("STATEMENT_TIMEOUT_IN_SECONDS", "NUMBER", 172800, "Seconds after which a statement is cancelled", False, low=0, high=604800),
    Parameter("STRICT_JSON_OUTPUT", "BOOLEAN", False, "Semi-structured results in strict JSON", False),
    Parameter("TIMESTAMP_DAY_IS_ALWAYS_24H", "BOOLEAN", False, "", False),
    Parameter("TIMESTAMP_INPUT_FORMAT", "STRING", "AUTO", "Input format of timestamps"),
    Parameter("TIMESTAMP_LTZ_OUTPUT_FORMAT", "STRING", "", "Display format of TIMESTAMP_LTZ"),
    Parameter("TIMESTAMP_NTZ_OUTPUT_FORMAT", "STRING", "YYYY-MM-DD HH24:MI:SS.FF3", "Display format of TIMESTAMP_NTZ"),
    Parameter("TIMESTAMP_OUTPUT_FORMAT", "STRING", "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM", "Display format of timestamps"),
    Parameter("TIMESTAMP_TYPE_MAPPING", "STRING", "TIMESTAMP_NTZ", "What TIMESTAMP stands for", True, ("TIMESTAMP_LTZ", "TIMESTAMP_NTZ", "TIMESTAMP_TZ")),
    Parameter("TIMESTAMP_TZ_OUTPUT_FORMAT", "STRING", "", "Display format of TIMESTAMP_TZ"),
    Parameter("TIMEZONE", "STRING", "America/Los_Angeles", "Time zone of the session"),
    Parameter("TIME_INPUT_FORMAT", "STRING", "AUTO", "Input format of TIME"),
    Parameter("TIME_OUTPUT_FORMAT", "STRING", "HH24:MI:SS", "Display format of TIME"),
    Parameter("TRANSACTION_ABORT_ON_ERROR", "BOOLEAN", False, "Roll the transaction back on any error", False),
    Parameter("TRANSACTION_DEFAULT_ISOLATION_LEVEL", "STRING", "READ COMMITTED", "Isolation level of transactions", False),
    Parameter("TWO_DIGIT_CENTURY_START", "NUMBER", 1970, "Century start of two-digit years", False, low=1900, high=2100),
    Parameter("UNSUPPORTED_DDL_ACTION", "STRING", "ignore", "What unsupported constraint properties do", False, ("ignore", "fail")),
    Parameter("USE_CACHED_RESULT", "BOOLEAN", True, "Answer repeated queries from their kept results", False),
    Parameter("WEEK_OF_YEAR_POLICY", "NUMBER", 0, "How weeks belong to years", False, low=0, high=1),
    Parameter("WEEK_START", "NUMBER", 0, "First day of the week (0: as ISO, 1 Monday … 7 Sunday)", False, low=0, high=7),
)  # fmt: skip

PARAMETERS: dict[str, Parameter] = {row.name: row for row in _ROWS}


def is_zone(name: str) -> bool:
    """Whether the time zone database knows the zone."""
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True


class UnknownParameterError(KeyError):
    """No such session parameter."""


def parse_value(parameter: Parameter, value: object) -> ParameterValue:
    """``value`` (SQL literal or JSON value) as the parameter's type.

    Raises:
        SnowflakeError: 001008, the value is not one the parameter takes.
    """
    if parameter.kind == "BOOLEAN":
        return _parse_boolean(parameter, value)
    if parameter.kind == "NUMBER":
        return _parse_number(parameter, value)
    text = str(value)
    if parameter.choices:
        match = next((choice for choice in parameter.choices if choice.upper() == text.upper()), None)
        if match is None:
            raise _refused(parameter, value)
        return match
    if parameter.name == "TIMEZONE" and not is_zone(text):
        raise _refused(parameter, value)
    return text


def change(values: dict[str, ParameterValue], name: str, value: object | None) -> None:
    """Set a parameter of an account or a user among its ``values``; None takes it out.

    Raises:
        UnknownParameterError: there is none of that name.
        SnowflakeError: 001008, it does not take this value.
    """
    upper = name.upper()
    if upper not in PARAMETERS:
        raise UnknownParameterError(name)
    if value is None:
        values.pop(upper, None)
    else:
        values[upper] = parse_value(PARAMETERS[upper], value)


def _parse_boolean(parameter: Parameter, value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "false": False, "1": True, "0": False, "on": True, "off": False}
    try:
        return words[str(value).lower()]
    except KeyError:
        raise _refused(parameter, value) from None


def _parse_number(parameter: Parameter, value: object) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise _refused(parameter, value) from None
    if (parameter.low is not None and number < parameter.low) or (
        parameter.high is not None and number > parameter.high
    ):
        raise _refused(parameter, value)
    return number


def _refused(parameter: Parameter, value: object) -> SnowflakeError:
    return SnowflakeError(
        1008, "22023", f"SQL compilation error:\ninvalid value [{value}] for parameter '{parameter.name}'"
    )


@dataclass(slots=True)
class SessionParameters:
    """The parameters of one session: what was set, over the defaults. Names in any case.

    ``version`` grows with each change of what the session set.
    """

    version: int = 0
    inherited: dict[str, tuple[str, ParameterValue]] = field(default_factory=dict)
    """Values that the account and the user have, each with its level (ACCOUNT or USER)."""
    _set: dict[str, ParameterValue] = field(default_factory=dict)
    _statement: dict[str, ParameterValue] = field(default_factory=dict)
    _derived: dict[Callable[[SessionParameters], Any], tuple[int, Any]] = field(default_factory=dict)

    def derived(self, make: Callable[[SessionParameters], T]) -> T:
        """What ``make`` reads from the parameters; kept until one changes. ``make`` must be a function of a module."""
        if self._statement:
            return make(self)
        found = self._derived.get(make)
        if found is None or found[0] != self.version:
            found = (self.version, make(self))
            self._derived[make] = found
        value: T = found[1]
        return value

    def __getitem__(self, name: str) -> ParameterValue:
        """Raises UnknownParameterError."""
        upper = name.upper()
        if upper in self._statement:
            return self._statement[upper]
        if upper in self._set:
            return self._set[upper]
        if upper in self.inherited:
            return self.inherited[upper][1]
        try:
            return PARAMETERS[upper].default
        except KeyError:
            raise UnknownParameterError(name) from None

    def text(self, name: str) -> str:
        """The value as SHOW PARAMETERS prints it."""
        value = self[name]
        return str(value).lower() if isinstance(value, bool) else str(value)

    def flag(self, name: str) -> bool:
        return bool(self[name])

    def number(self, name: str) -> int:
        return int(self[name])

    def set(self, name: str, value: object) -> None:
        """Set a known parameter.

        Raises:
            UnknownParameterError: there is none of that name.
            SnowflakeError: 001008, it does not take this value.
        """
        upper = name.upper()
        if upper not in PARAMETERS:
            raise UnknownParameterError(name)
        self._set[upper] = parse_value(PARAMETERS[upper], value)
        self.version += 1

    def unset(self, name: str) -> None:
        """Back to the default. Raises UnknownParameterError."""
        if name.upper() not in PARAMETERS:
            raise UnknownParameterError(name)
        self._set.pop(name.upper(), None)
        self.version += 1

    def set_for_statement(self, values: Mapping[str, object]) -> None:
        """Values that hold for the running statement only; unknown names are left out, as drivers send their own.

        Raises:
            SnowflakeError: 001008, a parameter does not take its value.
        """
        if not values and not self._statement:
            return
        known = {name.upper(): value for name, value in values.items() if name.upper() in PARAMETERS}
        self._statement = {name: parse_value(PARAMETERS[name], value) for name, value in known.items()}

    def level(self, name: str) -> str:
        """Where the value is set, as SHOW PARAMETERS prints it: SESSION, USER, ACCOUNT, or empty for the default."""
        if name.upper() in self._set:
            return "SESSION"
        return self.inherited.get(name.upper(), ("", ""))[0]

    def for_client(self) -> Iterator[tuple[str, ParameterValue]]:
        """What login and query responses tell the driver."""
        for name, parameter in PARAMETERS.items():
            if parameter.to_client:
                inherited = self.inherited.get(name)
                yield name, self._set.get(name, parameter.default if inherited is None else inherited[1])
