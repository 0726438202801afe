# ruff: noqa: E501 - tables, one row a parameter
"""Parameters of the account and of objects, which are kept and shown. Vendor page: "Parameters"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake.parameters import Parameter

RETENTION = (
    Parameter("DATA_RETENTION_TIME_IN_DAYS", "NUMBER", 1, "Days for which Time Travel reaches back", low=0, high=90),
    Parameter("DEFAULT_DDL_COLLATION", "STRING", "", "Collation of columns that name none"),
    Parameter(
        "MAX_DATA_EXTENSION_TIME_IN_DAYS", "NUMBER", 14, "Days by which retention may grow for streams", low=0, high=90
    ),
)
_LEVELS = (
    Parameter(
        "LOG_LEVEL",
        "STRING",
        "OFF",
        "Least severity of log messages that go into the event table",
        choices=("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF"),
    ),
    Parameter("METRIC_LEVEL", "STRING", "NONE", "Whether metrics go into the event table", choices=("ALL", "NONE")),
    Parameter(
        "TRACE_LEVEL",
        "STRING",
        "OFF",
        "Which trace events go into the event table",
        choices=("ALWAYS", "ON_EVENT", "PROPAGATE", "OFF"),
    ),
)
_CONTAINER = (
    Parameter("CATALOG", "STRING", "", "Catalog integration of new Iceberg tables"),
    Parameter(
        "ENABLE_CONSOLE_OUTPUT", "BOOLEAN", False, "Whether standard output of handlers goes into the event table"
    ),
    Parameter("EXTERNAL_VOLUME", "STRING", "", "External volume of new Iceberg tables"),
    Parameter("PIPE_EXECUTION_PAUSED", "BOOLEAN", False, "Whether pipes are paused"),
    Parameter("REPLACE_INVALID_CHARACTERS", "BOOLEAN", False, "Whether invalid UTF-8 in Iceberg tables is replaced"),
    Parameter(
        "STORAGE_SERIALIZATION_POLICY",
        "STRING",
        "OPTIMIZED",
        "How Iceberg tables are encoded",
        choices=("COMPATIBLE", "OPTIMIZED"),
    ),
)
_TASKS = (
    Parameter("SERVERLESS_TASK_MAX_STATEMENT_SIZE", "STRING", "X2Large", "Largest size of a serverless task"),
    Parameter("SERVERLESS_TASK_MIN_STATEMENT_SIZE", "STRING", "XSMALL", "Smallest size of a serverless task"),
    Parameter(
        "SUSPEND_TASK_AFTER_NUM_FAILURES", "NUMBER", 10, "Failed runs in a row after which a task is suspended", low=0
    ),
    Parameter("TASK_AUTO_RETRY_ATTEMPTS", "NUMBER", 0, "Retries of a task graph that failed", low=0, high=30),
    Parameter(
        "USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE", "STRING", "Medium", "Size of the first runs of a serverless task"
    ),
    Parameter(
        "USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS",
        "NUMBER",
        30,
        "Seconds between runs of a triggered task",
        low=10,
        high=604800,
    ),
    Parameter(
        "USER_TASK_TIMEOUT_MS", "NUMBER", 3600000, "Milliseconds that a run of a task may take", low=0, high=604800000
    ),
)
_WAREHOUSE = (
    Parameter("MAX_CONCURRENCY_LEVEL", "NUMBER", 8, "Statements that a cluster runs side by side", low=1),
    Parameter("STATEMENT_QUEUED_TIMEOUT_IN_SECONDS", "NUMBER", 0, "Seconds that a statement may wait", low=0),
    Parameter("STATEMENT_TIMEOUT_IN_SECONDS", "NUMBER", 172800, "Seconds that a statement may run", low=0, high=604800),
)
ACCOUNT = (
    Parameter("ALLOW_CLIENT_MFA_CACHING", "BOOLEAN", False, "Whether clients may keep an MFA token"),
    Parameter("ALLOW_ID_TOKEN", "BOOLEAN", False, "Whether clients may keep a connection token"),
    Parameter("CLIENT_ENCRYPTION_KEY_SIZE", "NUMBER", 128, "Bits of the key with which clients encrypt files", choices=("128", "256")),
    Parameter("CORTEX_ENABLED_CROSS_REGION", "STRING", "DISABLED", "Regions that may work on requests of models"),
    Parameter("CORTEX_MODELS_ALLOWLIST", "STRING", "ALL", "Models that the account may use"),
    Parameter("DISABLE_USER_PRIVILEGE_GRANTS", "BOOLEAN", False, "Whether privileges are granted to users"),
    Parameter("ENABLE_IDENTIFIER_FIRST_LOGIN", "BOOLEAN", True, "Whether the login asks for the user first"),
    Parameter("ENABLE_INTERNAL_STAGES_PRIVATELINK", "BOOLEAN", False, "Whether private links lead to internal stages"),
    Parameter("ENABLE_TRI_SECRET_AND_REKEY_OPT_OUT_FOR_IMAGE_REPOSITORY", "BOOLEAN", False, "Whether image repositories are left out of Tri-Secret Secure"),
    Parameter("ENABLE_UNHANDLED_EXCEPTIONS_REPORTING", "BOOLEAN", True, "Whether unhandled exceptions go into the event table"),
    Parameter("ENABLE_UNREDACTED_QUERY_SYNTAX_ERROR", "BOOLEAN", False, "Whether the history shows statements with syntax errors"),
    Parameter("ENABLE_UNREDACTED_SECURE_OBJECT_ERROR", "BOOLEAN", False, "Whether errors show secure objects"),
    Parameter("ENFORCE_NETWORK_RULES_FOR_INTERNAL_STAGES", "BOOLEAN", False, "Whether network rules bound internal stages"),
    Parameter("EVENT_TABLE", "STRING", "", "The event table"),
    Parameter("EXTERNAL_OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST", "BOOLEAN", True, "Whether External OAuth refuses privileged roles"),
    Parameter("INITIAL_REPLICATION_SIZE_LIMIT_IN_TB", "STRING", "10.0", "Most that a first replication copies"),
    Parameter("MIN_DATA_RETENTION_TIME_IN_DAYS", "NUMBER", 0, "Least retention of the account's objects", low=0, high=90),
    Parameter("NETWORK_POLICY", "STRING", "", "The network policy"),
    Parameter("OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST", "BOOLEAN", True, "Whether Snowflake OAuth refuses privileged roles"),
    Parameter("PERIODIC_DATA_REKEYING", "BOOLEAN", False, "Whether tables are encrypted anew each year"),
    Parameter("PREVENT_UNLOAD_TO_INLINE_URL", "BOOLEAN", False, "Whether COPY INTO refuses URLs"),
    Parameter("PREVENT_UNLOAD_TO_INTERNAL_STAGES", "BOOLEAN", False, "Whether COPY INTO refuses internal stages"),
    Parameter("REQUIRE_STORAGE_INTEGRATION_FOR_STAGE_CREATION", "BOOLEAN", False, "Whether external stages need a storage integration"),
    Parameter("REQUIRE_STORAGE_INTEGRATION_FOR_STAGE_OPERATION", "BOOLEAN", False, "Whether loads from external stages need a storage integration"),
    Parameter("SAML_IDENTITY_PROVIDER", "STRING", "", "The identity provider of federated logins"),
    Parameter("SSO_LOGIN_PAGE", "BOOLEAN", False, "Whether the login page offers SSO"),
    *_CONTAINER, *_LEVELS, *_TASKS, *_WAREHOUSE[:1],
)  # fmt: skip
"""Besides those of sessions and of retention."""
USER = (
    Parameter(
        "ENABLE_UNREDACTED_QUERY_SYNTAX_ERROR",
        "BOOLEAN",
        False,
        "Whether the history shows statements with syntax errors",
    ),
    Parameter("ENABLE_UNREDACTED_SECURE_OBJECT_ERROR", "BOOLEAN", False, "Whether errors show secure objects"),
    Parameter("NETWORK_POLICY", "STRING", "", "The network policy"),
    Parameter("PREVENT_UNLOAD_TO_INTERNAL_STAGES", "BOOLEAN", False, "Whether COPY INTO refuses internal stages"),
)
OF_KIND: dict[str, tuple[Parameter, ...]] = {
    "DATABASE": (*RETENTION, *_CONTAINER, *_LEVELS, *_TASKS),
    "SCHEMA": (*RETENTION, *_CONTAINER, *_LEVELS, *_TASKS),
    "TABLE": RETENTION,
    "WAREHOUSE": _WAREHOUSE,
    "TASK": _TASKS,
    "PIPE": _CONTAINER[3:4],
}
