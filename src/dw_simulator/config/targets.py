"""Which services of the settings are on this machine, and which are somebody's real ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dw_simulator.config.groups import AUTO

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings


def remote_targets(settings: Settings, services: Iterable[str]) -> dict[str, str]:
    """The address of each of these services (``s3``, ``redshift``, ``snowflake``) that is not on this machine.

    An address that is a reference to a secret counts as one elsewhere.
    """
    found = {}
    for service in dict.fromkeys(services):
        host, shown = _ADDRESSES[service](settings)
        if not settings.is_local(host):
            found[service] = shown
    return found


def _s3(settings: Settings) -> tuple[str, str]:
    url = settings.s3.endpoint_url
    if url is None:
        return settings.s3.host, settings.s3.address
    return _host_of(url), settings.s3.url


def _redshift(settings: Settings) -> tuple[str, str]:
    """With IAM and the Data API it is AWS that finds the cluster, unless another endpoint stands in for AWS."""
    target = settings.redshift
    if target.auth == "password" or (
        target.auth == "iam" and not settings.is_local(target.host) and target.host != AUTO
    ):
        return target.host, target.address
    name = target.cluster_identifier or target.serverless_work_group or "?"
    if target.endpoint_url is not None:
        return _host_of(target.endpoint_url), f"{name} at {target.endpoint_url}"
    return "", f"{name} on AWS"


def _snowflake(settings: Settings) -> tuple[str, str]:
    target = settings.snowflake
    return target.host, target.address


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


_ADDRESSES = {"s3": _s3, "redshift": _redshift, "snowflake": _snowflake}
