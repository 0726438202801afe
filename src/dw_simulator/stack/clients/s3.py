"""Clients of S3, and of the REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dw_simulator.stack.clients.base import Client, in_shell, shown

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings


def _boto3(settings: Settings) -> str:
    target = settings.s3
    tls = "" if target.ca_file is None else f", verify={str(target.ca_file)!r}"
    return (
        f"import boto3\n"
        f'boto3.client("s3", endpoint_url="{target.local_url}", region_name={target.region!r}, '
        f"aws_access_key_id={target.access_key!r}, "
        f"aws_secret_access_key={shown(target, 'secret_key')!r}{tls})"
    )


def _exports(settings: Settings) -> str:
    """Read by the AWS CLI, boto3 and the other SDKs."""
    target = settings.s3
    values = {
        "AWS_ENDPOINT_URL_S3": target.local_url,
        "AWS_ACCESS_KEY_ID": target.access_key,
        "AWS_SECRET_ACCESS_KEY": shown(target, "secret_key"),
        "AWS_REGION": target.region,
        "AWS_DEFAULT_REGION": target.region,
    }
    if target.ca_file is not None:
        values["AWS_CA_BUNDLE"] = str(target.ca_file)
    return "\n".join(f"export {name}={in_shell(value)}" for name, value in values.items())


def _aws_cli(settings: Settings) -> str:
    target = settings.s3
    tls = "" if target.ca_file is None else f" --ca-bundle {in_shell(target.ca_file)}"
    keys = (
        f"AWS_ACCESS_KEY_ID={in_shell(target.access_key)} AWS_SECRET_ACCESS_KEY={in_shell(shown(target, 'secret_key'))}"
    )
    return f"{keys} aws --endpoint-url {target.local_url} --region {in_shell(target.region)}{tls} s3 ls"


def _s3fs(settings: Settings) -> str:
    target = settings.s3
    options: dict[str, Any] = {"region_name": target.region}
    if target.ca_file is not None:
        options["verify"] = str(target.ca_file)
    return (
        "import s3fs\n"
        f"s3fs.S3FileSystem(endpoint_url={target.local_url!r}, key={target.access_key!r}, "
        f"secret={shown(target, 'secret_key')!r}, client_kwargs={options!r})"
    )


def _duckdb(settings: Settings) -> str:
    """DuckDB's guide, "S3 API Support": the extension httpfs, which it downloads at the first use."""
    target = settings.s3
    secret = {
        "KEY_ID": _text(target.access_key),
        "SECRET": _text(shown(target, "secret_key")),
        "REGION": _text(target.region),
        "ENDPOINT": _text(urlsplit(target.local_url).netloc),
        "URL_STYLE": "'path'",
        "USE_SSL": "false" if target.ca_file is None else "true",
    }
    listed = ", ".join(f"{name} {value}" for name, value in secret.items())
    tls = "" if target.ca_file is None else f"SET ca_cert_file = {_text(str(target.ca_file))}; "
    return (
        "import duckdb\n"
        "connection = duckdb.connect()\n"
        f"connection.execute({'INSTALL httpfs; LOAD httpfs; ' + tls + f'CREATE SECRET (TYPE s3, {listed})'!r})"
    )


def _text(value: str) -> str:
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


CLIENTS = (
    Client("s3", "python", "S3, Python", "python", _boto3, brief=True),
    Client("s3", "aws-cli", "S3, AWS CLI", "bash", _aws_cli),
    Client("s3", "environment", "S3, environment variables", "bash", _exports),
    Client("s3", "s3fs", "S3, s3fs", "python", _s3fs),
    Client("s3", "duckdb", "S3, DuckDB", "python", _duckdb),
)

API_CLIENTS = (
    Client("api", "http", "REST API", "text", lambda settings: f"{settings.api.local_url}/docs", brief=True),
)
