"""``profiles.yml`` with an output for each emulator. dbt documentation, pages "About profiles.yml", "Redshift setup",
"Snowflake setup"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml

from dw_simulator.schema import Warehouse

if TYPE_CHECKING:
    from dw_simulator.config.groups import RedshiftSettings, SnowflakeSettings
    from dw_simulator.config.settings import Settings

PROFILES_FILE = "profiles.yml"
TARGETS = (Warehouse.REDSHIFT, Warehouse.SNOWFLAKE)
TARGET_VARIABLE = "DBT_TARGET"
DEFAULT_DATABASE = "ANALYTICS"
SCHEMA = "analytics"

_HEAD = (
    "# The environment, which `dw-sim dbt run` sets, says where the warehouses are. The defaults are those of the\n"
    "# stack at the time of writing.\n"
)


def profiles_text(profile: str, settings: Settings, *, target: Warehouse, database: str) -> str:
    """A profile with the outputs ``redshift`` and ``snowflake``.

    Passwords of the user's own are not written: they come from the environment. ``database`` is Snowflake's.
    """
    document = {
        profile: {
            "target": f"{{{{ env_var('{TARGET_VARIABLE}', '{target}') }}}}",
            "outputs": {"redshift": _redshift(settings), "snowflake": _snowflake(settings, database)},
        }
    }
    return _HEAD + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=200)


def environment(settings: Settings) -> dict[str, str]:
    """The variables that the profile reads, with the values of now, and those that let drivers trust the stack's CA."""
    redshift, snowflake = settings.redshift, settings.snowflake
    protocol, host, port = snowflake.endpoint
    found = {
        "DW_SIMULATOR_REDSHIFT_HOST": redshift.host,
        "DW_SIMULATOR_REDSHIFT_PORT": str(redshift.port),
        "DW_SIMULATOR_REDSHIFT_USER": redshift.user,
        "DW_SIMULATOR_REDSHIFT_PASSWORD": redshift.password.get_secret_value(),
        "DW_SIMULATOR_REDSHIFT_DATABASE": redshift.database,
        "DW_SIMULATOR_REDSHIFT_SSL_MODE": _ssl_mode(settings),
        "DW_SIMULATOR_SNOWFLAKE_ACCOUNT": snowflake.account,
        "DW_SIMULATOR_SNOWFLAKE_HOST": host,
        "DW_SIMULATOR_SNOWFLAKE_PORT": str(port),
        "DW_SIMULATOR_SNOWFLAKE_PROTOCOL": protocol,
        "DW_SIMULATOR_SNOWFLAKE_USER": snowflake.user,
        "DW_SIMULATOR_SNOWFLAKE_PASSWORD": snowflake.password.get_secret_value(),
    }
    if redshift.ca_file is not None:
        found["SSL_CERT_FILE"] = str(redshift.ca_file)
    if snowflake.ca_file is not None:
        found["REQUESTS_CA_BUNDLE"] = str(snowflake.ca_file)
    return found


def _redshift(settings: Settings) -> dict[str, Any]:
    target = settings.redshift
    return {
        "type": "redshift",
        "host": _variable("DW_SIMULATOR_REDSHIFT_HOST", target.host),
        "port": _number("DW_SIMULATOR_REDSHIFT_PORT", target.port),
        "user": _variable("DW_SIMULATOR_REDSHIFT_USER", target.user),
        "password": _variable("DW_SIMULATOR_REDSHIFT_PASSWORD", _mock(target)),
        "dbname": _variable("DW_SIMULATOR_REDSHIFT_DATABASE", target.database),
        "schema": SCHEMA,
        "sslmode": _variable("DW_SIMULATOR_REDSHIFT_SSL_MODE", _ssl_mode(settings)),
        "ra3_node": False,
        "threads": 4,
    }


def _snowflake(settings: Settings, database: str) -> dict[str, Any]:
    target = settings.snowflake
    protocol, host, port = target.endpoint
    output = {
        "type": "snowflake",
        "account": _variable("DW_SIMULATOR_SNOWFLAKE_ACCOUNT", target.account),
        "host": _variable("DW_SIMULATOR_SNOWFLAKE_HOST", host),
        "port": _number("DW_SIMULATOR_SNOWFLAKE_PORT", port),
        "protocol": _variable("DW_SIMULATOR_SNOWFLAKE_PROTOCOL", protocol),
        "user": _variable("DW_SIMULATOR_SNOWFLAKE_USER", target.user),
        "password": _variable("DW_SIMULATOR_SNOWFLAKE_PASSWORD", _mock(target)),
        "database": database,
        "schema": SCHEMA.upper(),
        "warehouse": target.warehouse or "COMPUTE_WH",
        "threads": 4,
    }
    return output | ({"role": target.role} if target.role else {})


def _variable(name: str, default: str | None) -> str:
    if default is None:
        return f"{{{{ env_var('{name}') }}}}"
    escaped = default.replace("\\", "\\\\").replace("'", "\\'")
    return f"{{{{ env_var('{name}', '{escaped}') }}}}"


def _number(name: str, default: int) -> str:
    return f"{{{{ env_var('{name}', '{default}') | as_number }}}}"


def _mock(group: RedshiftSettings | SnowflakeSettings) -> str | None:
    """The emulator's own password; None for one of the user's, which no file is to hold."""
    value, default = group.password, type(group).model_fields["password"].default
    return str(value.get_secret_value()) if value == default else None


def _ssl_mode(settings: Settings) -> str:
    """What redshift_connector takes. A local stack without TLS is not encrypted; everything else is verified."""
    mode = settings.redshift.ssl_mode
    if mode != "auto":
        return mode
    local = settings.is_local(settings.redshift.host)
    return "disable" if local and settings.redshift.ca_file is None else "verify-full"


def output_of(profiles: object, profile: str, target: str | None) -> tuple[str, Mapping[str, Any]] | None:
    """The output that dbt would take: its name and what it says; None where the file does not say."""
    found = profiles.get(profile) if isinstance(profiles, Mapping) else None
    outputs = found.get("outputs") if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping) or not isinstance(outputs, Mapping):
        return None
    name = target if target is not None else found.get("target", "default")
    output = outputs.get(name)
    return (str(name), output) if isinstance(output, Mapping) else None
