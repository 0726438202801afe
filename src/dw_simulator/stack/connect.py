"""How to connect to a stack with the clients people use: as snippets to paste, and done."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

from dw_simulator.config.secrets import resolved
from dw_simulator.config.trust import redshift_arguments, snowflake_arguments

if TYPE_CHECKING:
    from collections.abc import Collection

    from pydantic import BaseModel, SecretStr

    from dw_simulator.config.settings import Settings


class Snippet(NamedTuple):
    service: str
    title: str
    text: str


def snippets(settings: Settings, services: Collection[str]) -> list[Snippet]:
    """One snippet a client, for the services of a stack. A password of the user's own is not shown."""
    makers = {"redshift": _redshift, "snowflake": _snowflake, "s3": _s3, "api": _api}
    return [snippet for name, make in makers.items() if name in services for snippet in make(settings)]


def as_text(found: list[Snippet]) -> str:
    """The snippets as plain text, a title over each."""
    return "\n\n".join(f"# {snippet.title}\n{snippet.text}" for snippet in found)


def _shown(group: BaseModel, name: str) -> str:
    """A mock credential as it is; the placeholder ``***`` for one that was set."""
    value: SecretStr = getattr(group, name)
    return value.get_secret_value() if value == type(group).model_fields[name].default else "***"


def _redshift(settings: Settings) -> list[Snippet]:
    target = settings.redshift
    password, ca = _shown(target, "password"), target.ca_file
    verified = "" if ca is None else f"PGSSLMODE=verify-full PGSSLROOTCERT={shlex.quote(str(ca))} "
    trusted = "" if ca is None else f"import os\nos.environ['SSL_CERT_FILE'] = {str(ca)!r}\n"
    tls = "ssl=False" if ca is None else "ssl=True, sslmode='verify-full'"
    return [
        Snippet(
            "redshift",
            "Redshift, psql",
            f"{verified}PGPASSWORD={password} psql -h {target.host} -p {target.port} -U {target.user}"
            f" {target.database}",
        ),
        Snippet(
            "redshift",
            "Redshift, Python",
            f"{trusted}import redshift_connector\n"
            f"redshift_connector.connect(host={target.host!r}, port={target.port}, database={target.database!r}, "
            f"user={target.user!r}, password={password!r}, {tls})",
        ),
    ]


def _snowflake(settings: Settings) -> list[Snippet]:
    target = settings.snowflake
    password, ca = _shown(target, "password"), target.ca_file
    protocol, host, port = target.endpoint
    trusted = (
        "" if ca is None else f"# version 4 of the driver: set REQUESTS_CA_BUNDLE={ca} instead of the last option\n"
    )
    tls = "" if ca is None else f", custom_root_store_path={str(ca)!r}"
    return [
        Snippet(
            "snowflake",
            "Snowflake, Python",
            f"{trusted}import snowflake.connector\n"
            f"snowflake.connector.connect(account={target.account!r}, user={target.user!r}, password={password!r}, "
            f"host={host!r}, port={port}, protocol={protocol!r}{tls})",
        )
    ]


def _s3(settings: Settings) -> list[Snippet]:
    target = settings.s3
    tls = "" if target.ca_file is None else f", verify={str(target.ca_file)!r}"
    return [
        Snippet(
            "s3",
            "S3, Python",
            f"import boto3\n"
            f'boto3.client("s3", endpoint_url="{target.local_url}", region_name={target.region!r}, '
            f"aws_access_key_id={target.access_key!r}, "
            f"aws_secret_access_key={_shown(target, 'secret_key')!r}{tls})",
        )
    ]


def _api(settings: Settings) -> list[Snippet]:
    return [Snippet("api", "REST API", f"{settings.api.local_url}/docs")]


def redshift_connection(settings: Settings) -> Any:
    """A new ``redshift_connector`` connection to the Redshift of these settings."""
    import redshift_connector

    target = resolved(settings, "redshift").redshift
    tls = redshift_arguments(settings)
    return redshift_connector.connect(
        host=target.host,
        port=target.port,
        database=target.database,
        user=target.user,
        password=target.password.get_secret_value(),
        **tls,
    )


def snowflake_connection(settings: Settings, **options: Any) -> Any:
    """A new ``snowflake.connector`` connection to the Snowflake of these settings; ``options`` such as ``database``."""
    import snowflake.connector

    target = resolved(settings, "snowflake").snowflake
    protocol, host, port = target.endpoint
    options = {**snowflake_arguments(target, snowflake.connector.__version__), **options}
    if int(snowflake.connector.__version__.partition(".")[0]) >= 5:
        options.setdefault("enable_server_session_keep_alive_auto_detection", False)  # unset, it warns at each connect
    return snowflake.connector.connect(
        account=target.account,
        user=target.user,
        password=target.password.get_secret_value(),
        host=host,
        port=port,
        protocol=protocol,
        **options,
    )
