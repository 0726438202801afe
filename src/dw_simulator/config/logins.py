"""Which settings a way to log in needs, and which go together. Checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dw_simulator.config.groups import AUTO, AWS, RedshiftSettings, S3Settings, SnowflakeSettings
from dw_simulator.errors import ConfigError

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings


def check_redshift(settings: Settings) -> None:
    """Raises ConfigError, naming the settings, when Redshift cannot be logged in to with them."""
    redshift = settings.redshift
    _refuse("redshift", _redshift_problems(redshift))
    if redshift.auth != "password" and redshift.profile is None and redshift.endpoint_url is None:
        _refuse("redshift", _mock_keys(settings.s3, "redshift.profile, or "))


def check_snowflake(settings: Settings) -> None:
    """Raises ConfigError, naming the settings, when Snowflake cannot be logged in to with them."""
    _refuse("snowflake", _snowflake_problems(settings.snowflake))


def check_s3(settings: S3Settings) -> None:
    """Raises ConfigError, naming the settings, when the object store cannot be used with them."""
    if is_aws(settings.url):
        _refuse("s3", _mock_keys(settings, ""))


def is_aws(url: str) -> bool:
    """Whether an endpoint is AWS's own."""
    host = urlsplit(url).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def _refuse(group: str, problems: Iterable[tuple[str, str]]) -> None:
    for message, hint in problems:
        raise ConfigError(f"{group}: {message}", hint=hint)


def _redshift_problems(settings: RedshiftSettings) -> Iterable[tuple[str, str]]:
    auth, cluster, work_group = settings.auth, settings.cluster_identifier, settings.serverless_work_group
    if auth == "password":
        if settings.host == AUTO:
            yield "redshift.host is `auto`, which needs redshift.auth `iam`", "set redshift.host to the address"
        return
    if cluster is None and work_group is None:
        yield (
            f"redshift.auth is `{auth}`, and neither redshift.cluster_identifier nor redshift.serverless_work_group"
            " is set",
            "set redshift.cluster_identifier (provisioned) or redshift.serverless_work_group (Serverless)",
        )
    if cluster is not None and work_group is not None:
        yield (
            "redshift.cluster_identifier and redshift.serverless_work_group are both set",
            "leave one out: a target is a cluster or a workgroup",
        )
    if work_group is not None and settings.db_user is not None:
        yield (
            "redshift.db_user does not go with redshift.serverless_work_group",
            "leave it out: on Serverless the database user follows from the IAM identity",
        )
    if settings.secret_arn is not None and (auth == "iam" or settings.db_user is not None):
        other = "redshift.auth `iam`" if auth == "iam" else "redshift.db_user"
        yield (
            f"redshift.secret_arn does not go with {other}",
            "the Data API reads the login from the secret; leave one of them out",
        )
    if auth == "iam" and settings.ssl_mode == "disable":
        yield "redshift.auth `iam` does not go with redshift.ssl_mode `disable`", "leave redshift.ssl_mode out"


def _snowflake_problems(settings: SnowflakeSettings) -> Iterable[tuple[str, str]]:
    if settings.host == AUTO and settings.account in ("", "local"):
        yield (
            "snowflake.host is `auto`, and snowflake.account is not set",
            "set snowflake.account to the account identifier, such as myorg-myaccount",
        )
    if settings.auth == "key-pair":
        if settings.private_key is None and settings.private_key_file is None:
            yield (
                "snowflake.auth is `key-pair`, and neither snowflake.private_key nor snowflake.private_key_file is set",
                "set one of them",
            )
        if settings.private_key is not None and settings.private_key_file is not None:
            yield "snowflake.private_key and snowflake.private_key_file are both set", "leave one out"
    if settings.auth in ("oauth", "pat") and settings.token is None:
        yield f"snowflake.auth is `{settings.auth}`, and snowflake.token is not set", "set snowflake.token"


def _mock_keys(settings: S3Settings, others: str) -> Iterable[tuple[str, str]]:
    """AWS knows nothing of the keys of a local stack."""
    if settings.credentials == "static" and settings.access_key == S3Settings.model_fields["access_key"].default:
        where = "" if settings.endpoint_url == AWS or is_aws(settings.url) else " for AWS"
        yield (
            f"s3.credentials is `static`, and s3.access_key is the mock key, which AWS does not know{where}",
            f"set {others}s3.credentials: chain, or s3.access_key and s3.secret_key",
        )
