"""References to secrets: settings that name where a value is kept, resolved when a connection is made.

| reference | value |
|---|---|
| ``file:/run/secrets/password`` | the text of the file, without the line end |
| ``env:NAME`` | an environment variable |
| ``aws-secretsmanager:NAME-OR-ARN#key`` | a secret of AWS Secrets Manager; ``#key`` picks a key of a JSON secret |
| ``vault:MOUNT/PATH#key`` | a key of a secret of HashiCorp Vault's KV engine (version 2, else 1) |

AWS: the default credential chain, and ``AWS_REGION`` or the S3 settings' region. Vault: ``VAULT_ADDR``, and
``VAULT_TOKEN`` (or the file ``~/.vault-token``) or ``VAULT_ROLE_ID`` with ``VAULT_SECRET_ID``; ``VAULT_NAMESPACE``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pydantic import BaseModel, SecretStr

from dw_simulator.errors import SecretError

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

GROUPS = ("s3", "redshift", "snowflake", "api")
"""Groups whose text settings may be references."""

MOST_BYTES = 1 << 20
"""A secret in a file is not larger."""


def is_reference(value: object) -> bool:
    """Whether a setting's value names a place instead of being the value."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    return isinstance(text, str) and text.partition(":")[0] in _STORES and ":" in text


def references(settings: Settings) -> dict[str, str]:
    """The settings that hold references, by dotted name."""
    found = {}
    for group in GROUPS:
        for name, value in getattr(settings, group):
            if is_reference(value):
                found[f"{group}.{name}"] = value.get_secret_value() if isinstance(value, SecretStr) else value
    return found


def resolved(settings: Settings, *groups: str, variables: Mapping[str, str] | None = None) -> Settings:
    """A copy of the settings in which the references of these groups (all: none named) are replaced by their values.

    Nothing is kept: each call asks the stores again, so that a rotated secret is found. Without references the
    settings themselves are returned.

    Raises:
        SecretError: a reference cannot be resolved; the message names the setting and the reference, never a value.
    """
    wanted = groups or GROUPS
    found = {name: text for name, text in references(settings).items() if name.partition(".")[0] in wanted}
    if not found:
        return settings
    environ = os.environ if variables is None else variables
    copies: dict[str, BaseModel] = {}
    for name, reference in found.items():
        group, _, field = name.partition(".")
        model = copies.setdefault(group, getattr(settings, group).model_copy())
        text = resolve(reference, region=settings.s3.region, setting=name, variables=environ)
        secret = isinstance(getattr(model, field), SecretStr)
        setattr(model, field, SecretStr(text) if secret else text)
    return settings.model_copy(update=copies)


def resolve(
    reference: str, *, region: str = "us-east-1", setting: str = "", variables: Mapping[str, str] | None = None
) -> str:
    """The value that ``reference`` stands for. Raises SecretError."""
    scheme, _, rest = reference.partition(":")
    place, _, key = rest.partition("#")
    environ = os.environ if variables is None else variables
    try:
        return _STORES[scheme](unquote(place.removeprefix("//")), key, region, environ)
    except SecretError as error:
        of = f", the value of {setting}" if setting else ""
        raise SecretError(f"cannot resolve {reference}{of}: {error.message}", hint=error.hint) from error.__cause__


# --- the stores ---------------------------------------------------------------------------------------------------
def _from_file(place: str, key: str, _region: str, _variables: Mapping[str, str]) -> str:
    path = Path(place).expanduser()
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SecretError(f"the file has more than {MOST_BYTES} bytes", hint="is it the right file?")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(
            f"the file cannot be read: {getattr(error, 'strerror', None) or error}",
            hint="check the path and who may read it",
        ) from error
    return _picked(text.removesuffix("\n").removesuffix("\r"), key)


def _from_environment(place: str, key: str, _region: str, variables: Mapping[str, str]) -> str:
    if place not in variables:
        raise SecretError(f"the environment variable {place} is not set")
    return _picked(variables[place], key)


def _from_secrets_manager(place: str, key: str, region: str, variables: Mapping[str, str]) -> str:
    import botocore.exceptions
    import botocore.session

    chosen = variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION") or _region_of_arn(place) or region
    endpoint = variables.get("AWS_ENDPOINT_URL_SECRETS_MANAGER") or variables.get("AWS_ENDPOINT_URL")
    try:
        client = botocore.session.get_session().create_client(
            "secretsmanager", region_name=chosen, endpoint_url=endpoint or None
        )
        answer = client.get_secret_value(SecretId=place)
    except botocore.exceptions.ClientError as error:
        code = error.response.get("Error", {}).get("Code", "error")
        raise SecretError(
            f"AWS Secrets Manager ({chosen}) answered {code}",
            hint="check the secret's name, the region (AWS_REGION) and the permission secretsmanager:GetSecretValue",
        ) from error
    except botocore.exceptions.BotoCoreError as error:
        raise SecretError(f"AWS Secrets Manager: {error}", hint="configure AWS credentials: aws configure") from error
    text = answer.get("SecretString")
    if text is None:
        raise SecretError("the secret is binary", hint="store it as text")
    return _picked(text, key)


def _region_of_arn(place: str) -> str | None:
    parts = place.split(":")
    return parts[3] if place.startswith("arn:") and len(parts) > 3 else None


def _from_vault(place: str, key: str, _region: str, variables: Mapping[str, str]) -> str:
    try:
        import hvac
        import hvac.exceptions
        import requests.exceptions
    except ImportError as error:
        raise SecretError("the package hvac is not installed", hint="pip install 'dw-simulator[vault]'") from error
    mount, _, path = place.partition("/")
    if not path or not key:
        raise SecretError("a reference to Vault is vault:MOUNT/PATH#key", hint="vault:secret/warehouse#password")
    try:
        client = _vault_client(hvac, variables)
        values = _vault_secret(client, hvac.exceptions, mount, path)
    except hvac.exceptions.VaultError as error:
        raise SecretError(
            f"Vault at {variables.get('VAULT_ADDR', '')} refused: {type(error).__name__}",
            hint="check the path, the token (VAULT_TOKEN) and its policy",
        ) from error
    except requests.exceptions.RequestException as error:
        raise SecretError(
            f"Vault at {variables.get('VAULT_ADDR', '')} does not answer ({type(error).__name__})",
            hint="check VAULT_ADDR and VAULT_CACERT",
        ) from error
    if key not in values:
        raise SecretError(f"the secret has no key {key!r}")
    return str(values[key])


def _vault_client(hvac: Any, variables: Mapping[str, str]) -> Any:
    address = variables.get("VAULT_ADDR")
    if not address:
        raise SecretError("VAULT_ADDR is not set", hint="set it to the address of Vault, https://…:8200")
    client = hvac.Client(
        url=address,
        token=variables.get("VAULT_TOKEN") or None,
        namespace=variables.get("VAULT_NAMESPACE") or None,
        verify=variables.get("VAULT_CACERT") or True,
        timeout=10,
    )
    role, secret = variables.get("VAULT_ROLE_ID"), variables.get("VAULT_SECRET_ID")
    if role and not variables.get("VAULT_TOKEN"):
        client.auth.approle.login(role_id=role, secret_id=secret)
    if not client.token:
        raise SecretError("there is no Vault token", hint="vault login, or set VAULT_TOKEN or VAULT_ROLE_ID")
    return client


def _vault_secret(client: Any, exceptions: Any, mount: str, path: str) -> Mapping[str, Any]:
    """Version 2 of the KV engine, else version 1: which one a mount has only its owner may ask."""
    try:
        answer = client.secrets.kv.v2.read_secret_version(path, mount_point=mount, raise_on_deleted_version=True)
        found: Mapping[str, Any] = answer["data"]["data"]
    except exceptions.InvalidPath:
        found = client.secrets.kv.v1.read_secret(path, mount_point=mount)["data"]
    return found


def _picked(text: str, key: str) -> str:
    """The whole text, or the value of one key of a JSON object."""
    if not key:
        return text
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise SecretError(f"it is no JSON object, so it has no key {key!r}", hint=f"leave out #{key}")
    if key not in document:
        raise SecretError(f"the secret has no key {key!r}", hint=f"it has: {', '.join(sorted(map(str, document)))}")
    return str(document[key])


_STORES: dict[str, Callable[[str, str, str, Mapping[str, str]], str]] = {
    "file": _from_file,
    "env": _from_environment,
    "aws-secretsmanager": _from_secrets_manager,
    "vault": _from_vault,
}
