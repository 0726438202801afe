"""Snowflake's errors: one exception, and the one table of numbers, SQLSTATEs and messages.

An entry of the table is called with the values of its message and gives the exception to raise::

    raise errors.OBJECT_NOT_FOUND("DB.PUBLIC.T")
    raise errors.INVALID_IDENTIFIER("FOO", line=1, pos=7)

``line`` (1-based) and ``pos`` (0-based, as Snowflake counts) are put into messages that name a place, and always into
the response. Drivers show ``errno`` with six digits: ``000904 (42000): SQL compilation error: …``.
"""

from __future__ import annotations

from dataclasses import dataclass


class SnowflakeError(Exception):
    """A statement or request failed. Goes to the client as HTTP 200 with ``success: false``."""

    def __init__(
        self,
        errno: int,
        sqlstate: str,
        message: str,
        *,
        line: int | None = None,
        pos: int | None = None,
    ) -> None:
        super().__init__(message)
        self.errno = errno
        self.sqlstate = sqlstate
        self.message = message
        self.line = line
        self.pos = pos
        self.reference = ""
        """The emitted SQL that it is about, where that is known."""

    @property
    def code(self) -> str:
        """The six-digit text of the wire."""
        return f"{self.errno:06d}"

    def __str__(self) -> str:
        return f"{self.code} ({self.sqlstate}): {self.message}"


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """A row of the table: a number, an SQLSTATE and a message with ``{}`` for its values."""

    errno: int
    sqlstate: str
    template: str

    def __call__(self, *values: object, line: int | None = None, pos: int | None = None) -> SnowflakeError:
        """The exception. A template that names ``{line}`` and ``{pos}`` gets 1 and 0 where the place is not known."""
        place = {"line": 1 if line is None else line, "pos": 0 if pos is None else pos}
        return SnowflakeError(self.errno, self.sqlstate, self.template.format(*values, **place), line=line, pos=pos)


_COMPILATION = "SQL compilation error:\n"
_AT = "SQL compilation error: error line {line} at position {pos}\n"

# --- statements as a whole  ---
UNSUPPORTED_FEATURE = ErrorEntry(2, "0A000", "Unsupported feature '{}'.")
STATEMENT_COUNT = ErrorEntry(8, "0A000", "Actual statement count {} did not match the desired statement count {}.")
SEVERAL_FAILED = ErrorEntry(
    100132,
    "P0000",
    'JavaScript execution error: Uncaught Execution of multiple statements failed on statement "{}" '
    "(at line {}, position {}).\n{} in SYSTEM$MULTISTMT at '    throw `Execution of multiple statements failed on "
    "statement {{0}} (at line {{1}}, position {{2}}).`.replace('{{1}}', LINES[i])' position 4\nstackstrace: \n"
    "SYSTEM$MULTISTMT line: 10",
)
INTERNAL = ErrorEntry(603, "XX000", "SQL execution internal error:\n{}")
CANCELLED = ErrorEntry(604, "57014", "SQL execution canceled")
TIMEOUT = ErrorEntry(
    630, "57014", "Statement reached its statement or warehouse timeout of {} second(s) and was canceled."
)
OUT_OF_MEMORY = ErrorEntry(
    300005,
    "53200",
    "Processing aborted: the query needs more memory than the server may use (setting snowflake.memory_limit): {}",
)
DISK_FULL = ErrorEntry(300006, "53100", "Processing aborted: no space left for the query's data: {}")
TEMPORARY_CLONED = ErrorEntry(
    2119, "0A000",
    "SQL compilation error:\nTemp table cannot be cloned to a permanent table; clone to a transient table instead.",
)  # fmt: skip
TRANSIENT_CLONED = ErrorEntry(
    2120, "0A000", "SQL compilation error:\nTransient object cannot be cloned to a permanent object."
)
OWNERS_RIGHTS = ErrorEntry(
    90236, "42601", "Stored procedure execution error: Unsupported statement type '{}'."
)  # fmt: skip
TIME_TRAVEL_UNAVAILABLE = ErrorEntry(
    707, "02000",
    "Time travel data is not available for table {}. The requested time is either beyond the allowed time travel "
    "period or before the object creation time.",
)  # fmt: skip
RESULT_NOT_FOUND = ErrorEntry(709, "02000", "Statement {} not found")

# --- compilation  ---
EMPTY_STATEMENT = ErrorEntry(900, "42601", "SQL compilation error:\nEmpty SQL statement.")
INVALID_IDENTIFIER = ErrorEntry(904, "42000", _AT + "invalid identifier '{}'")
INVALID_FUNCTION_TYPE = ErrorEntry(906, "42601", _AT + "Invalid expression [{}] in {}")
NOT_ENOUGH_ARGUMENTS = ErrorEntry(938, "22023", _AT + "not enough arguments for function [{}], expected {}, got {}")
TOO_MANY_ARGUMENTS = ErrorEntry(939, "22023", _AT + "too many arguments for function [{}] expected {}, got {}")
FRAME_UNSUPPORTED = ErrorEntry(2303, "42601", _COMPILATION + "{} window frame unsupported for function {}")
ROW_COUNT = ErrorEntry(1014, "22023", _COMPILATION + "Invalid row count '{}' in limit clause")
WINDOW_DISTINCT = ErrorEntry(2303, "42601", _COMPILATION + "distinct cannot be used with a window frame or an order.")
WINDOW_WITHOUT_ORDER = ErrorEntry(
    2303, "42601", _COMPILATION + "Window function type [{}] requires ORDER BY in window specification."
)
WINDOW_FRAME = ErrorEntry(2303, "42601", _COMPILATION + "Invalid window frame: {}.")
WINDOW_PLACE = ErrorEntry(
    2303, "42601", _COMPILATION + "Window function in [{}] appears outside of SELECT, QUALIFY, and ORDER BY clauses."
)
INCOMPATIBLE_COLLATIONS = ErrorEntry(2322, "42846", _COMPILATION + "Incompatible collations: '{}' and '{}'")
DIFFERENT_COLLATIONS = ErrorEntry(2322, "42846", _COMPILATION + "Incompatible collations")
VIEW_COLUMNS = ErrorEntry(
    2057,
    "42601",
    _COMPILATION + "View definition for '{}' declared {} column(s), but view query produces {} column(s).",
)
NOT_GROUPED = ErrorEntry(979, "42601", _COMPILATION + "[{}] is not a valid group by expression")
SYNTAX_ERROR = ErrorEntry(1003, "42000", _COMPILATION + "syntax error line {line} at position {pos} unexpected '{}'.")
INVALID_PARAMETER = ErrorEntry(1006, "22023", _COMPILATION + "invalid parameter '{}'")
INVALID_PARAMETER_VALUE = ErrorEntry(1008, "22023", _COMPILATION + "invalid value [{}] for parameter '{}'")
CANNOT_CONVERT_PARAMETER = ErrorEntry(
    1038, "22023", _COMPILATION + "Can not convert parameter '{}' of type [{}] into expected type [{}]"
)
INVALID_TYPE = ErrorEntry(1007, "22023", _COMPILATION + "invalid type [{}] for parameter '{}'")
TRY_CAST_TYPES = ErrorEntry(
    1065, "22023", _COMPILATION + "Function TRY_CAST cannot be used with arguments of types {} and {}"
)
UNSUPPORTED_SUBQUERY = ErrorEntry(2031, "42601", _COMPILATION + "Unsupported subquery type cannot be evaluated")
INVALID_TIME_ZONE = ErrorEntry(1008, "22023", _COMPILATION + "invalid value [{}] for parameter 'TIMEZONE'")
INVALID_ESCAPE = ErrorEntry(1008, "22025", _COMPILATION + "invalid value for parameter 'ESCAPE': {}")
INVALID_ARGUMENT_TYPES = ErrorEntry(1044, "42P13", _AT + "Invalid argument types for function '{}': ({})")
INVALID_PROPERTY_VALUE = ErrorEntry(1008, "22023", _COMPILATION + "invalid value '{}' for property '{}'")
INVALID_PROPERTY = ErrorEntry(1420, "42000", _COMPILATION + "invalid property '{}' for '{}'")
NO_COLUMNS = ErrorEntry(2024, "42601", _COMPILATION + "SELECT with no columns")
SET_OPERATOR_COLUMNS = ErrorEntry(
    1789,
    "42601",
    _COMPILATION + "invalid number of result columns for set operator input branches, expected {}, got {} in branch {}",
)
UNSUPPORTED_DATA_TYPE = ErrorEntry(2040, "42601", _COMPILATION + "Unsupported data type '{}'.")
INTERVAL_TYPE = ErrorEntry(2040, "42601", "Invalid specification for type INTERVAL: INTERVAL {}")
INTERVAL_WITHOUT_PART = ErrorEntry(
    1045, "22023", _COMPILATION + "'{}' is not a valid date/time component for function {} and type {}."
)
MISSING_OPTION = ErrorEntry(1421, "42601", _COMPILATION + "Missing option(s): [{}]")
WRONG_KIND = ErrorEntry(2203, "42809", _COMPILATION + "Object found is of type '{}', not specified type '{}'.")
ALREADY_EXISTS = ErrorEntry(2002, "42710", _COMPILATION + "Object '{}' already exists.")
OBJECT_NOT_FOUND = ErrorEntry(2003, "42S02", _COMPILATION + "Object '{}' does not exist or not authorized.")
KIND_NOT_FOUND = ErrorEntry(2003, "02000", _COMPILATION + "{} '{}' does not exist or not authorized.")
OPERATION_NOT_POSSIBLE = ErrorEntry(
    2043, "02000", _COMPILATION + "Object does not exist, or operation cannot be performed."
)
INSERT_COLUMNS = ErrorEntry(
    2020, "21S01", _COMPILATION + "Insert value list does not match column list expecting {} but got {}"
)
EXPRESSION_TYPE = ErrorEntry(
    2023,
    "22000",
    _COMPILATION + "Expression type does not match column data type, expecting {} but got {} for column {}",
)
INCOMPATIBLE_TYPES = ErrorEntry(2023, "22000", _COMPILATION + "incompatible types: [{}] and [{}]")
DUPLICATE_TYPE_KEY = ErrorEntry(2025, "42S21", _COMPILATION + "duplicate key '{}' of a structured OBJECT")
ARGUMENT_NOT_CONSTANT = ErrorEntry(
    1015, "42601", _COMPILATION + "argument {} to function {} needs to be constant, found '{}'"
)
NEITHER_GROUPED = ErrorEntry(
    1104, "42601", _AT + "'{}' in select clause is neither an aggregate nor in the group by clause."
)
DEFAULT_TYPE = ErrorEntry(
    2262, "22000", _COMPILATION + "Default value data type does not match data type for column {}"
)
DEFAULT_NOT_LITERAL = ErrorEntry(2263, "22000", _COMPILATION + "Invalid column default expression [{}]")
DEFAULT_OF_BINARY = ErrorEntry(
    2262, "22000", "SQL compilation error: Default values are not allowed on 'BINARY' columns."
)
DEFAULT_AND_IDENTITY = ErrorEntry(
    2262, "42601", _COMPILATION + "DEFAULT and AUTOINCREMENT are mutually exclusive, but column {} has both."
)
IDENTITY_TYPE = ErrorEntry(2262, "22000", _COMPILATION + "AUTOINCREMENT of column {} needs a number, not {}.")
PRIMARY_KEY_EXISTS = ErrorEntry(2056, "42601", _COMPILATION + "primary key already exists for table '{}'")
INVALID_IN_VALUES = ErrorEntry(2014, "22000", _COMPILATION + "Invalid expression [{}] in VALUES clause")
DUPLICATE_COLUMN = ErrorEntry(2025, "42S21", _COMPILATION + "duplicate column name '{}'")
AMBIGUOUS_COLUMN = ErrorEntry(2028, "42601", _COMPILATION + "ambiguous column name '{}'")
BIND_NOT_SET = ErrorEntry(2049, "42601", _AT + "Bind variable {} not set.")
INSUFFICIENT_PRIVILEGES = ErrorEntry(
    3001, "42501", "SQL access control error:\nInsufficient privileges to operate on {} '{}'."
)
ROLE_NOT_ASSIGNED = ErrorEntry(
    3013,
    "42501",
    "SQL access control error:\nRequested role '{}' is not assigned to the executing user. "
    "Specify another role to activate.",
)
DEPENDENT_GRANTS = ErrorEntry(
    3036,
    "42501",
    "SQL execution error:\nA dependent grant on '{}' exists. It must be revoked first "
    "(CASCADE, REVOKE CURRENT GRANTS), or copied (COPY CURRENT GRANTS).",
)
GRANT_NOT_EXECUTED = ErrorEntry(3102, "42501", "Grant not executed: Insufficient privileges.")
ROLE_CYCLE = ErrorEntry(
    3105, "42501", "SQL execution error:\nRole '{}' inherits from '{}' already: roles make no cycle."
)
INVALID_PRIVILEGE = ErrorEntry(2075, "42601", _COMPILATION + "Invalid object type '{}' for privilege '{}'.")
MASKING_POLICY_SET = ErrorEntry(
    3529,
    "42601",
    _COMPILATION + "Specified column already attached to another masking policy. A column cannot be attached to "
    "multiple masking policies. Please drop the current association in order to attach a new masking policy.",
)
POLICY_IN_USE = ErrorEntry(
    3539, "23001", _COMPILATION + "Policy {} cannot be dropped/replaced as it is associated with one or more entities."
)
ROW_ACCESS_POLICY_SET = ErrorEntry(
    3549,
    "23505",
    _COMPILATION + "Object {} already has a ROW_ACCESS_POLICY. Only one ROW_ACCESS_POLICY is allowed at a time.",
)
POLICY_ALREADY_SET = ErrorEntry(
    3549, "23505", _COMPILATION + "Object {} already has a {}. Only one {} is allowed at a time."
)
NETWORK_POLICY_SHUTS_OUT = ErrorEntry(
    1008,
    "22023",
    _COMPILATION + "Network policy {} cannot be activated. Requestor IP address, {}, must be included in the "
    "allowed_ip_list. For more information on network policies refer to Snowflake documentation.",
)
PASSWORD_REJECTED = ErrorEntry(
    3002, "28P01", "SQL execution error:\nNew password rejected by current password policy. Reason: '{}'."
)
POLICY_TYPE = ErrorEntry(
    3553, "22000", _COMPILATION + "COLUMN data type {} does not match with {} policy data type {}."
)
POLICY_ARGUMENTS = ErrorEntry(
    3554, "22000", _COMPILATION + "{} columns are given for the policy {}, which has {} arguments."
)
POLICY_NOT_SET = ErrorEntry(3555, "02000", _COMPILATION + "Policy {} is not attached to {}.")
POLICY_COLUMN_TAKEN = ErrorEntry(
    3556,
    "42601",
    _COMPILATION + "Column {} is protected by a policy, so that it can be no argument of another one "
    "(unless the masking policy has EXEMPT_OTHER_POLICIES).",
)
POLICY_COLUMN_IN_USE = ErrorEntry(
    3557, "42601", _COMPILATION + "Column {} cannot be changed so: a policy is attached to it. Unset the policy first."
)
POLICY_RECURSION = ErrorEntry(3558, "42601", _COMPILATION + "Policy {} reads what it protects.")
POLICY_GONE = ErrorEntry(3559, "02000", _COMPILATION + "A policy of {} does not exist any more. Unset it first.")
TAG_POLICIES_CONFLICT = ErrorEntry(
    3560, "42601", _COMPILATION + "Column {} has several tags with masking policies of its type: {}."
)
TAG_HAS_POLICIES = ErrorEntry(
    3561, "23001", _COMPILATION + "Tag {} cannot be dropped/replaced as masking policies are set on it."
)
PYTHON_ERROR = ErrorEntry(100357, "P0000", "{}")
JAVASCRIPT_ERROR = ErrorEntry(100132, "P0000", "{}")
UNKNOWN_FUNCTION = ErrorEntry(2140, "42601", _COMPILATION + "Unknown function {}")
UNKNOWN_UDF = ErrorEntry(2141, "42601", _COMPILATION + "Unknown user-defined function {}")
VARIABLE_NOT_SET = ErrorEntry(2211, "02000", _AT + "Session variable '${}' does not exist")
NO_CURRENT_DATABASE = ErrorEntry(
    90105,
    "22000",
    "Cannot perform {}. This session does not have a current database. Call 'USE DATABASE', or use a qualified name.",
)
NO_CURRENT_SCHEMA = ErrorEntry(
    90106,
    "22000",
    "Cannot perform {}. This session does not have a current schema. Call 'USE SCHEMA', or use a qualified name.",
)
INTERACTIVE_ALTERED = ErrorEntry(10406, "0A000", _COMPILATION + "Altering interactive tables is not supported.")
HYBRID_WITHOUT_KEY = ErrorEntry(391425, "0A000", _COMPILATION + "The hybrid table '{}' needs a primary key.")
SINGLE_ROW_SUBQUERY = ErrorEntry(90150, "22000", "Single-row subquery returns more than one row.")

TASK_SCHEDULE = ErrorEntry(91083, "0A000", "Task {} cannot have both a schedule and a predecessor.")
TASK_CYCLE = ErrorEntry(91085, "0A000", _COMPILATION + "Task {} would follow itself.")
TASK_RULE = ErrorEntry(91086, "0A000", "{}")
TASK_GRAPH_ACTIVE = ErrorEntry(
    91421, "22000", "Unable to update graph with root task {} since that root task is not suspended."
)
NOT_IN_A_TASK = ErrorEntry(91087, "55000", "Function {} must be called from within {}.")
INVALID_SCHEDULE = ErrorEntry(
    1008, "22023", "Invalid schedule was specified. Please refer to the docs on what constitutes a valid schedule."
)
SCHEDULE_TOO_SHORT = ErrorEntry(1008, "22023", "Cannot set schedule less than 10 seconds.")
SCHEDULE_TOO_LONG = ErrorEntry(1008, "22023", "Cannot set schedule greater than 11,520 minutes.")
STREAM_SOURCE_GONE = ErrorEntry(91901, "02000", _COMPILATION + "Base table '{}' dropped, cannot read from stream '{}'.")

# --- values  ---
TIMESTAMP_NOT_RECOGNIZED = ErrorEntry(100035, "22007", "Timestamp '{}' is not recognized")
BOOLEAN_NOT_RECOGNIZED = ErrorEntry(100037, "22018", "Boolean value '{}' is not recognized")
NUMBER_NOT_RECOGNIZED = ErrorEntry(100038, "22018", "Numeric value '{}' is not recognized")
NUMBER_NOT_REPRESENTABLE = ErrorEntry(
    100046, "22003", "Number out of representable range: type FIXED[SB16](38,0){{nullable}}, value {}"
)
NUMBER_OUT_OF_RANGE = ErrorEntry(100039, "22003", "Numeric value '{}' is out of range")
DATE_NOT_RECOGNIZED = ErrorEntry(100040, "22007", "Date '{}' is not recognized")
DAY_OF_WEEK = ErrorEntry(100059, "22023", "Invalid day of week '{}'")
CHARACTER_CODE = ErrorEntry(100353, "22023", "Invalid character code {} in the CHR input")
FLOAT_OPERATION = ErrorEntry(100049, "22003", "Invalid floating point operation: {}")
DUPLICATE_KEY = ErrorEntry(100103, "22000", "Duplicate field key '{}'")
DIVISION_BY_ZERO = ErrorEntry(100051, "22012", "Division by zero")
JSON_NOT_PARSED = ErrorEntry(100069, "22P02", "Error parsing JSON: {}")
VARIANT_CAST = ErrorEntry(100071, "22000", "Failed to cast variant value {} to {}")
INVALID_VECTOR = ErrorEntry(2040, "42601", _COMPILATION + "Invalid vector dimension '{}'.")
VECTOR_DIMENSION = ErrorEntry(220000, "22000", "Array-like value being cast to a vector has incorrect dimension")
NULL_NOT_ALLOWED = ErrorEntry(100072, "22000", "NULL result in a non-nullable column")
STRING_TOO_LONG = ErrorEntry(100078, "22000", "String '{}' is too long and would be truncated")
DUPLICATE_DML_ROW = ErrorEntry(100090, "42P18", "Duplicate row detected during DML action\nRow Values: [{}]")
NUMBER_FORMAT_NOT_MATCHED = ErrorEntry(100140, "22007", "Can't parse '{}' as number with format '{}'")
FORMAT_NOT_MATCHED = ErrorEntry(100096, "22007", "Can't parse '{}' as {} with format '{}'")
TIME_NOT_RECOGNIZED = ErrorEntry(100108, "22007", "Time '{}' is not recognized")
INVALID_UTF8 = ErrorEntry(100144, "22000", "Invalid UTF8 detected in string '{}'")
INTERVAL_NOT_RECOGNIZED = ErrorEntry(100366, "22007", "{}")
INTERVAL_OUT_OF_RANGE = ErrorEntry(100367, "22015", "Interval out of representable range{}")
INTERVAL_OF_NUMBER = ErrorEntry(100368, "22000", "Numeric value {} cannot be cast to Interval type {}")
UUID_NOT_RECOGNIZED = ErrorEntry(
    100357,
    "22018",
    "UUID '{}' is invalid, expected format is xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx "
    "(8-4-4-4-12 hexadecimal digits with hyphens)",
)
HEX_NOT_RECOGNIZED = ErrorEntry(100115, "22000", "The following string is not a legal hex-encoded value: '{}'")

# --- Snowflake Scripting  ---
SELECT_INTO_ROWS = ErrorEntry(2057, "21000", "A SELECT INTO statement expects exactly 1 returned row, but got {}.")
SELECT_INTO_COLUMNS = ErrorEntry(2058, "21S01", _COMPILATION + "INTO names {} variables, but there are {} columns.")
CURSOR_OPEN = ErrorEntry(90501, "24000", "Cursor '{}' is already open.")
OUTPUT_NO_VARIABLE = ErrorEntry(
    1003, "42601", _COMPILATION + "the output argument '{}' needs a variable of a Snowflake Scripting block of its own."
)
OUTPUT_WITH_DEFAULT = ErrorEntry(1003, "42601", _COMPILATION + "the output argument '{}' cannot have a default.")
CURSOR_CLOSED = ErrorEntry(90502, "24000", "Cursor '{}' is not open.")
RESULTSET_UNASSIGNED = ErrorEntry(90503, "24000", "RESULTSET '{}' has not been given a statement.")
LOOP_BOUND_NULL = ErrorEntry(90504, "22004", "A bound of a FOR loop is NULL.")
PROCEDURE_COLUMNS = ErrorEntry(90505, "42601", "The procedure '{}' returns {} columns, but its RETURNS TABLE names {}.")
OTHER_SCOPE = ErrorEntry(
    90236, "22000", "Modifying a transaction that has started at a different scope is not allowed."
)
TRANSACTION_LEFT_OPEN = ErrorEntry(
    90232,
    "22000",
    "Stored procedure execution error: Scoped transaction started in stored procedure is incomplete and it was "
    "rolled back.",
)

# --- files  ---
CSV_COLUMN_COUNT = ErrorEntry(
    100080,
    "22000",
    "Number of columns in file ({}) does not match that of the corresponding table ({}), "
    "use file format option error_on_column_count_mismatch=false to ignore this error",
)
FILE_NOT_FOUND = ErrorEntry(
    91016,
    "22000",
    "Remote file '{}' was not found. There are several potential causes. The file might not exist. "
    "The required credentials may be missing or invalid.",
)
SCRIPT_NOT_FOUND = ErrorEntry(1501, "02000", "File '{}' not found in stage '{}'.")
RELATIVE_FILE = ErrorEntry(
    1503, "42601", "Relative file references like '{}' cannot be used in top-level EXECUTE IMMEDIATE calls."
)
FILES_TOO_DEEP = ErrorEntry(1504, "42601", "Files that execute each other are more than {} deep.")
SCRIPT_TOO_LARGE = ErrorEntry(1505, "42601", "Size of file '{}' exceeds limit of {} bytes.")
SCRIPT_NOT_UTF8 = ErrorEntry(1506, "42601", "File '{}' is not encoded in UTF-8.")
TEMPLATE_VARIABLE = ErrorEntry(1510, "42601", "Unable to use value of template variable '{}'")
TEMPLATE_TOO_LARGE = ErrorEntry(1518, "42601", "Size of expanded template exceeds limit of {} bytes.")
TEMPLATE_FAILED = ErrorEntry(5, "XX000", "Python Interpreter Error:\n{}: {} in template processing")
FILE_ACCESS = ErrorEntry(91003, "22000", "Failure using stage area. Cause: [{}]")
COPY_FAILED = ErrorEntry(100016, "22000", "{}")

# --- sessions  ---
NOT_LOGGED_IN = ErrorEntry(390101, "08001", "Authorization header not found in the request data.")
SESSION_GONE = ErrorEntry(390104, "08001", "Session no longer exists.  New login required to access the service.")
SESSION_EXPIRED = ErrorEntry(390112, "08001", "Your session has expired. Please login again.")
MASTER_TOKEN_EXPIRED = ErrorEntry(
    390114, "08001", "Authentication token has expired.  The user must authenticate again."
)
MASTER_TOKEN_INVALID = ErrorEntry(390115, "08001", "The master token is not valid. Please login again.")
WRONG_PASSWORD = ErrorEntry(390100, "08001", "Incorrect username or password was specified.")
ROLE_NOT_GRANTED = ErrorEntry(
    390189,
    "08001",
    "Role '{}' specified in the connect string is not granted to this user. Contact your local system administrator, "
    "or attempt to login with another role, e.g. PUBLIC.",
)
ROLE_OF_LOGIN_NOT_FOUND = ErrorEntry(
    390189,
    "08001",
    "Role '{}' specified in the connect string does not exist or not authorized. Contact your local system "
    "administrator, or attempt to login with another role, e.g. PUBLIC.",
)
DEFAULT_NOT_FOUND = ErrorEntry(390201, "08001", "The requested {} does not exist or not authorized.")
USER_DISABLED = ErrorEntry(390101, "08001", "User access disabled. Contact your local system administrator.")
ADDRESS_NOT_ALLOWED = ErrorEntry(
    390422,
    "08001",
    "Incoming request with IP/Token {} is not allowed to access Snowflake. Contact your account administrator.",
)
METHOD_NOT_ALLOWED = ErrorEntry(
    390202, "08001", "Authentication attempt rejected by the current authentication policy."
)
PASSWORD_EXPIRED = ErrorEntry(390106, "08001", "Specified password has expired.  Password must be changed.")
USER_LOCKED = ErrorEntry(
    390102, "08001", "User temporarily locked. Try again later, or contact your local system administrator."
)
JWT_INVALID = ErrorEntry(390144, "08001", "JWT token is invalid. [{}]")
OAUTH_INVALID = ErrorEntry(390303, "08001", "Invalid OAuth access token. [{}]")
OAUTH_OTHER_USER = ErrorEntry(
    390309, "08001", "The user you were trying to authenticate as differs from the user tied to the access token."
)
OAUTH_OTHER_ROLE = ErrorEntry(
    390317, "08001", "The role requested in the connection or the default role differs from that of the access token."
)
OAUTH_EXPIRED = ErrorEntry(390318, "08001", "OAuth access token expired. [{}]")
ACCESS_TOKEN_INVALID = ErrorEntry(394400, "08001", "Programmatic access token is invalid.")
AUTHENTICATOR_UNSUPPORTED = ErrorEntry(
    390145, "08001", "Specified authenticator '{}' is not supported: use a password, a key pair, or a token."
)
BAD_REQUEST = ErrorEntry(390001, "08001", "The request cannot be read: {}")
