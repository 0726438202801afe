"""How a session of Snowflake is logged in, as arguments of the driver; the same for its versions 4 and 5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from dw_simulator.config.groups import SnowflakeSettings
from dw_simulator.errors import ConfigError

SETTINGS: Mapping[str, str] = {
    "password": "password",
    "key-pair": "private_key or private_key_file",
    "oauth": "token",
    "pat": "token",
}
"""Which settings hold the secret of a way to log in."""
_AUTHENTICATORS = {"oauth": "oauth", "pat": "PROGRAMMATIC_ACCESS_TOKEN"}


def options(settings: SnowflakeSettings) -> dict[str, Any]:
    """Raises ConfigError for a private key that cannot be read; the message never holds any of it."""
    if settings.auth == "password":
        return {"password": settings.password.get_secret_value()}
    if settings.auth == "key-pair":
        return {"authenticator": "SNOWFLAKE_JWT", "private_key": private_key(settings)}
    token = settings.token.get_secret_value() if settings.token is not None else ""
    return {"authenticator": _AUTHENTICATORS[settings.auth], "token": token}


def private_key(settings: SnowflakeSettings) -> bytes:
    """The private key in DER (PKCS #8), without encryption. Raises ConfigError."""
    name, pem = _pem(settings)
    passphrase = settings.private_key_passphrase
    try:
        key = load_pem_private_key(pem, passphrase.get_secret_value().encode() if passphrase is not None else None)
    except TypeError as error:
        hint = "leave out snowflake.private_key_passphrase" if passphrase else "set snowflake.private_key_passphrase"
        reason = "not encrypted, and there is a passphrase" if passphrase else "encrypted, and there is no passphrase"
        raise ConfigError(f"the key of {name} is {reason}", hint=hint) from error
    except ValueError as error:
        reason = "cannot be read with the passphrase" if passphrase else "is no private key in PEM"
        hint = "it starts with -----BEGIN PRIVATE KEY----- or -----BEGIN ENCRYPTED PRIVATE KEY-----"
        raise ConfigError(f"the key of {name} {reason}", hint=hint) from error
    if not isinstance(key, RSAPrivateKey):
        raise ConfigError(f"the key of {name} is no RSA key", hint="make one: openssl genrsa 2048")
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _pem(settings: SnowflakeSettings) -> tuple[str, bytes]:
    """The name of the setting, and the key's text."""
    if settings.private_key is not None:
        return "snowflake.private_key", settings.private_key.get_secret_value().replace("\\n", "\n").encode()
    path = settings.private_key_file
    if path is None:
        raise ConfigError("snowflake.private_key and snowflake.private_key_file are not set", hint="set one of them")
    try:
        return "snowflake.private_key_file", path.expanduser().read_bytes()
    except OSError as error:
        raise ConfigError(
            f"snowflake.private_key_file {path} cannot be read: {error.strerror or error}",
            hint="check the path and who may read it",
        ) from error
