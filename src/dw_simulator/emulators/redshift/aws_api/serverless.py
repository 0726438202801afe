"""The API of Serverless workgroups (Amazon Redshift Serverless API reference)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dw_simulator.emulators.redshift.aws_api.errors import unknown_operation, validation
from dw_simulator.emulators.redshift.aws_api.target import Target


def answer(target: Target, operation: str, body: Mapping[str, Any], access_key: str) -> dict[str, Any]:
    """Raises ApiError."""
    if operation == "GetCredentials":
        return _get_credentials(target, body, access_key)
    if operation == "GetWorkgroup":
        return _get_workgroup(target, body)
    raise unknown_operation(operation)


def _get_credentials(target: Target, body: Mapping[str, Any], access_key: str) -> dict[str, Any]:
    if body.get("customDomainName"):
        raise validation("The custom domain name does not exist.")
    target.check_work_group(body.get("workgroupName"))
    issued = target.for_identity(access_key, body.get("durationSeconds"))
    expires = issued.expires.timestamp()
    return {"dbUser": issued.user, "dbPassword": issued.password, "expiration": expires, "nextRefreshTime": expires}


def _get_workgroup(target: Target, body: Mapping[str, Any]) -> dict[str, Any]:
    name = target.check_work_group(body.get("workgroupName"))
    return {
        "workgroup": {
            "workgroupName": name,
            "namespaceName": "default",
            "status": "AVAILABLE",
            "port": target.port,
            "endpoint": {"address": target.host, "port": target.port},
        }
    }
