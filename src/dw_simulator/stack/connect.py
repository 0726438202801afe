"""How to connect to a stack with the clients people use: as snippets to paste, and done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from dw_simulator.config.secrets import resolved
from dw_simulator.config.trust import redshift_arguments, snowflake_arguments
from dw_simulator.stack import health
from dw_simulator.stack.clients import redshift, s3, snowflake
from dw_simulator.stack.clients.base import Language

if TYPE_CHECKING:
    from collections.abc import Collection

    from dw_simulator.config.settings import Settings

CLIENTS = (*redshift.CLIENTS, *snowflake.CLIENTS, *s3.CLIENTS, *s3.API_CLIENTS)
"""Every client there is a snippet for."""


class Snippet(NamedTuple):
    """``text`` is to be pasted; ``client`` is a short stable name."""

    service: str
    client: str
    title: str
    language: Language
    text: str


def snippets(settings: Settings, services: Collection[str], *, brief: bool = False) -> list[Snippet]:
    """One snippet a client, for the services of a stack. A password of the user's own is not shown.

    ``brief``: only the clients that are enough to begin with.
    """
    return [
        Snippet(client.service, client.client, client.title, client.language, client.make(settings))
        for client in CLIENTS
        if client.service in services and (client.brief or not brief)
    ]


def as_text(found: list[Snippet]) -> str:
    """The snippets as plain text, a title over each."""
    return "\n\n".join(f"# {snippet.title}\n{snippet.text}" for snippet in found)


def ui_address(settings: Settings, *, with_token: bool = False) -> str:
    """Where a browser of this machine finds the web UI. ``with_token``: the UI then need not ask for the token, which
    must not go anywhere but to a terminal."""
    protocol, _, rest = settings.api.local_url.partition("://")
    host, port = health.reachable(settings.api.host), rest.rpartition(":")[2]
    address = f"{protocol}://{f'[{host}]' if ':' in host else host}:{port}/"
    token = resolved(settings, "api").api.token if with_token else None
    return address if token is None else f"{address}#token={quote(token.get_secret_value(), safe='')}"


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
