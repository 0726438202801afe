"""Clients of Snowflake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dw_simulator.stack.clients.base import Client, in_url, query_of, shown, toml_text, yaml_text

if TYPE_CHECKING:
    from pathlib import Path

    from dw_simulator.config.settings import Settings


def _old_driver(ca: Path | None) -> str:
    if ca is None:
        return ""
    return f"# version 4 of the driver: set REQUESTS_CA_BUNDLE={ca} instead of custom_root_store_path\n"


def _python(settings: Settings) -> str:
    target = settings.snowflake
    ca = target.ca_file
    protocol, host, port = target.endpoint
    tls = "" if ca is None else f", custom_root_store_path={str(ca)!r}"
    return (
        f"{_old_driver(ca)}import snowflake.connector\n"
        f"snowflake.connector.connect(account={target.account!r}, user={target.user!r}, "
        f"password={shown(target, 'password')!r}, host={host!r}, port={port}, protocol={protocol!r}{tls})"
    )


def _sqlalchemy(settings: Settings) -> str:
    """The dialect of the package snowflake-sqlalchemy, which takes no protocol from a URL."""
    target = settings.snowflake
    protocol, host, port = target.endpoint
    options = {"protocol": protocol}
    if target.ca_file is not None:
        options["custom_root_store_path"] = str(target.ca_file)
    login = f"{in_url(target.user)}:{in_url(shown(target, 'password'))}"
    url = f"snowflake://{login}@{host}:{port}/{query_of({'account': target.account})}"
    return (
        "# pip install snowflake-sqlalchemy\n"
        f"{_old_driver(target.ca_file)}import sqlalchemy\nsqlalchemy.create_engine({url!r}, connect_args={options!r})"
    )


def _dbt(settings: Settings) -> str:
    target = settings.snowflake
    ca = target.ca_file
    protocol, host, port = target.endpoint
    output = {
        "type": "snowflake",
        "account": target.account,
        "host": host,
        "port": port,
        "protocol": protocol,
        "user": target.user,
        "password": shown(target, "password"),
        "database": target.database or "ANALYTICS",
        "schema": "PUBLIC",
        "warehouse": target.warehouse or "COMPUTE_WH",
    }
    if target.role is not None:
        output["role"] = target.role
    remark = "" if ca is None else f"# and in the environment: REQUESTS_CA_BUNDLE={ca}\n"
    return remark + yaml_text({"my_project": {"target": "local", "outputs": {"local": output}}})


def _jdbc(settings: Settings) -> str:
    target = settings.snowflake
    protocol, host, port = target.endpoint
    options: dict[str, object] = {
        "account": target.account,
        "user": target.user,
        "password": shown(target, "password"),
    }
    if protocol == "http":
        options["ssl"] = "off"
    url = f"jdbc:snowflake://{host}:{port}/{query_of(options)}"
    if target.ca_file is None:
        return url
    store = "keytool -importcert -alias dw-simulator -storepass changeit -noprompt -keystore trust.jks"
    return f"{url}\n# {store} -file {target.ca_file}\n# java -Djavax.net.ssl.trustStore=trust.jks …"


def _toml(settings: Settings) -> str:
    """``connections.toml`` of the connector and of Snowflake's command line."""
    target = settings.snowflake
    protocol, host, port = target.endpoint
    values: dict[str, str | int] = {
        "account": target.account,
        "user": target.user,
        "password": shown(target, "password"),
        "host": host,
        "port": port,
        "protocol": protocol,
    }
    remark = "" if target.ca_file is None else f"# and in the environment: REQUESTS_CA_BUNDLE={target.ca_file}\n"
    return remark + toml_text("local", values)


CLIENTS = (
    Client("snowflake", "python", "Snowflake, Python", "python", _python, brief=True),
    Client("snowflake", "sqlalchemy", "Snowflake, SQLAlchemy", "python", _sqlalchemy),
    Client("snowflake", "dbt", "Snowflake, dbt (profiles.yml)", "yaml", _dbt),
    Client("snowflake", "jdbc", "Snowflake, JDBC", "text", _jdbc),
    Client("snowflake", "connections-toml", "Snowflake, connections.toml", "text", _toml),
)
