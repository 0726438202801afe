"""The API of provisioned clusters: forms in, XML out (Amazon Redshift API reference)."""

from __future__ import annotations

import datetime as dt
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from dw_simulator.emulators.redshift.aws_api.errors import ApiError
from dw_simulator.emulators.redshift.aws_api.target import Target

NAMESPACE = "http://redshift.amazonaws.com/doc/2012-12-01/"

Form = Mapping[str, str]
Result = dict[str, object]


def answer(target: Target, body: bytes, access_key: str) -> bytes:
    """Raises ApiError, also for an action that is not there."""
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    action = form.get("Action", "")
    handler = _ACTIONS.get(action)
    if handler is None:
        raise ApiError("InvalidAction", f"the action {action} is not supported by the Redshift emulator")
    root = ET.Element(f"{action}Response", xmlns=NAMESPACE)
    _fill(ET.SubElement(root, f"{action}Result"), handler(target, form, access_key))
    ET.SubElement(ET.SubElement(root, "ResponseMetadata"), "RequestId").text = str(uuid.uuid4())
    return _document(root)


def error_body(error: ApiError) -> bytes:
    root = ET.Element("ErrorResponse", xmlns=NAMESPACE)
    _fill(ET.SubElement(root, "Error"), {"Type": "Sender", "Code": error.code, "Message": error.message})
    ET.SubElement(root, "RequestId").text = str(uuid.uuid4())
    return _document(root)


def _document(root: ET.Element) -> bytes:
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _fill(element: ET.Element, values: Result) -> None:
    for name, value in values.items():
        child = ET.SubElement(element, name)
        if isinstance(value, dict):
            _fill(child, value)
        else:
            child.text = str(value)


def _moment(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _cluster(target: Target, form: Form) -> str:
    if form.get("CustomDomainName"):
        raise ApiError("CustomDomainAssociationNotFoundFault", "The custom domain name does not exist.", 404)
    return target.check_cluster(form.get("ClusterIdentifier"))


def _get_cluster_credentials(target: Target, form: Form, access_key: str) -> Result:  # noqa: ARG001 - one interface
    _cluster(target, form)
    create = form.get("AutoCreate", "").lower() == "true"
    groups = tuple(value for name, value in form.items() if name.startswith("DbGroups.") and value)
    issued = target.for_user(form.get("DbUser", ""), form.get("DurationSeconds"), create=create, groups=groups)
    return {"DbUser": issued.user, "DbPassword": issued.password, "Expiration": _moment(issued.expires)}


def _get_cluster_credentials_with_iam(target: Target, form: Form, access_key: str) -> Result:
    _cluster(target, form)
    issued = target.for_identity(access_key, form.get("DurationSeconds"))
    expires = _moment(issued.expires)
    return {
        "DbUser": issued.user,
        "DbPassword": issued.password,
        "Expiration": expires,
        "NextRefreshTime": expires,
    }


def _describe_clusters(target: Target, form: Form, access_key: str) -> Result:  # noqa: ARG001 - one interface
    name = form.get("ClusterIdentifier") or target.settings.cluster_identifier
    if name is None:
        return {"Clusters": {}}
    cluster: Result = {
        "ClusterIdentifier": target.check_cluster(name),
        "ClusterStatus": "available",
        "ClusterAvailabilityStatus": "Available",
        "MasterUsername": target.settings.user,
        "DBName": target.settings.database,
        "Endpoint": {"Address": target.host, "Port": target.port},
        "NumberOfNodes": 1,
        "Encrypted": "false",
    }
    return {"Clusters": {"Cluster": cluster}}


def _describe_custom_domains(target: Target, form: Form, access_key: str) -> Result:  # noqa: ARG001 - one interface
    raise ApiError("CustomDomainAssociationNotFoundFault", "The custom domain name does not exist.", 404)


_ACTIONS: Mapping[str, Callable[[Target, Form, str], Result]] = {
    "GetClusterCredentials": _get_cluster_credentials,
    "GetClusterCredentialsWithIAM": _get_cluster_credentials_with_iam,
    "DescribeClusters": _describe_clusters,
    "DescribeCustomDomainAssociations": _describe_custom_domains,
}
