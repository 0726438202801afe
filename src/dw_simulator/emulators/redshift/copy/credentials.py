"""Who COPY and UNLOAD are towards S3. Source: "Authorization parameters"."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dw_simulator.config.settings import Settings
from dw_simulator.emulators.common.objects import ObjectStore
from dw_simulator.emulators.redshift.copy.grammar import Reader
from dw_simulator.emulators.redshift.errors import INVALID_PARAMETER_VALUE, RedshiftError


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys that the statement gives; without any (IAM_ROLE) the emulator's own keys for S3 are used."""

    access_key: str | None = None
    secret_key: str | None = None
    session_token: str | None = None
    role: str | None = None

    @property
    def given(self) -> bool:
        return self.access_key is not None or self.role is not None


def read_authorization(reader: Reader, known: Credentials) -> Credentials | None:
    """The next authorization clause on top of what is ``known``; None if the next token begins none."""
    if reader.take_word("iam_role"):
        token = reader.next()
        if token.kind != "string" and token.value != "default":
            raise reader.error(token)
        return replace(known, role=token.value)
    if reader.is_word("with") and reader.is_word("credentials", ahead=1):
        reader.next()
    if reader.take_word("credentials"):
        return _from_string(reader.as_string())
    if reader.take_word("access_key_id"):
        return replace(known, access_key=reader.as_string())
    if reader.take_word("secret_access_key"):
        return replace(known, secret_key=reader.as_string())
    if reader.take_word("session_token", "token"):
        return replace(known, session_token=reader.as_string())
    return None


def _from_string(text: str) -> Credentials:
    """``aws_iam_role=…`` or ``aws_access_key_id=…;aws_secret_access_key=…[;token=…]``"""
    parts = dict(part.partition("=")[::2] for part in text.replace("\n", "").split(";") if part.strip())
    values = {key.strip().lower(): value.strip() for key, value in parts.items()}
    role = values.get("aws_iam_role")
    access, secret = values.get("aws_access_key_id"), values.get("aws_secret_access_key")
    if not role and not (access and secret):
        raise RedshiftError(
            INVALID_PARAMETER_VALUE,
            "Invalid credentials. Must be of the format: credentials 'aws_iam_role=...' or"
            " 'aws_access_key_id=...;aws_secret_access_key=...[;token=...]'",
        )
    return Credentials(access, secret, values.get("token"), role)


def connect(credentials: Credentials, settings: Settings, region: str | None) -> ObjectStore:
    """The object store these credentials open.

    Raises:
        RedshiftError: half of a key pair.
    """
    if bool(credentials.access_key) != bool(credentials.secret_key):
        raise RedshiftError(INVALID_PARAMETER_VALUE, "ACCESS_KEY_ID and SECRET_ACCESS_KEY must be given together")
    s3 = settings.s3
    access = credentials.access_key or s3.access_key
    secret = credentials.secret_key or s3.secret_key.get_secret_value()
    return ObjectStore.connect(
        s3.url, access, secret, region or s3.region, credentials.session_token, ca_file=s3.ca_file
    )
