"""Settings, and variables of other programs that lead clients away from the stack."""

from __future__ import annotations

from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from dw_simulator.stack.doctor.registry import Context, Report, check

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
REDIRECTING = {
    "PGSERVICE": "psql and psycopg", "PGSERVICEFILE": "psql and psycopg", "PGHOST": "psql and psycopg",
    "PGHOSTADDR": "psql and psycopg", "PGPORT": "psql and psycopg", "PGDATABASE": "psql and psycopg",
    "PGUSER": "psql and psycopg", "PGOPTIONS": "psql and psycopg", "PGSSLMODE": "psql and psycopg",
    "AWS_ENDPOINT_URL": "every AWS client", "AWS_ENDPOINT_URL_S3": "S3 clients",
    "AWS_ENDPOINT_URL_REDSHIFT": "Redshift API clients", "AWS_PROFILE": "AWS clients",
    "SNOWFLAKE_HOME": "the Snowflake connector", "SNOWFLAKE_DEFAULT_CONNECTION_NAME": "the Snowflake connector",
}  # fmt: skip
"""Variables that change where a client connects to, or as whom."""
REDIRECTING_PREFIXES = {"SNOWFLAKE_CONNECTIONS_": "the Snowflake connector"}


@check("settings")
def settings(context: Context, report: Report) -> None:
    if context.settings_error is not None:
        report.problem(
            context.settings_error.message, context.settings_error.hint or "correct them; docs/settings.md lists all"
        )
    else:
        given = sorted(name for name in context.environment if name.startswith("DW_SIMULATOR_"))
        report.ok(f"valid; from the environment: {', '.join(given)}" if given else "valid")


@check("proxy")
def proxy(context: Context, report: Report) -> None:
    """The Snowflake connector and boto3 send requests to this machine through a proxy unless NO_PROXY names it."""
    given = {name.lower(): value for name, value in context.environment.items() if value}
    used = [name for name in PROXY_VARIABLES if name.lower() in given]
    if not used:
        report.ok("none is set")
        return
    hosts = {context.settings.service(name).host for name in ("s3", "snowflake", "api")}
    through = sorted(host for host in hosts if not proxy_bypass_environment(host, {"no": given.get("no_proxy", "")}))
    if through:
        report.problem(
            f"{', '.join(used)} is set, and NO_PROXY does not have {', '.join(through)}: the Snowflake connector and S3"
            " clients would ask the proxy for the stack",
            f"export NO_PROXY={','.join([*through, 'localhost'])}",
        )
    else:
        report.ok(f"{', '.join(used)} is set, NO_PROXY has the stack's addresses")


@check("other variables")
def other_variables(context: Context, report: Report) -> None:
    found = {name: REDIRECTING[name] for name in sorted(context.environment) if name in REDIRECTING}
    for prefix, who in REDIRECTING_PREFIXES.items():
        found |= {name: who for name in sorted(context.environment) if name.startswith(prefix)}
    for name, who in found.items():
        report.warn(f"{name} is set: {who} may connect elsewhere", f"unset {name}, or name host and port in the client")
    if not found:
        report.ok("none that would lead clients elsewhere")
