"""How logins are told to the drivers."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from dw_simulator.config.groups import RedshiftSettings, SnowflakeSettings
from dw_simulator.errors import ConfigError
from dw_simulator.staging import Credentials
from dw_simulator.warehouses.redshift_sql import copy_authorization
from dw_simulator.warehouses.snowflake_login import options, private_key

KEY = rsa.generate_private_key(65537, 2048)


def pem(key=KEY, passphrase: bytes | None = None, form=PrivateFormat.PKCS8) -> str:
    cipher = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, cipher).decode()


@pytest.mark.parametrize(
    "settings",
    [
        {"private_key": pem()},
        {"private_key": pem().replace("\n", "\\n")},
        {"private_key": pem(form=PrivateFormat.TraditionalOpenSSL)},
        {"private_key": pem(passphrase=b"open"), "private_key_passphrase": "open"},
    ],
)
def test_private_keys(settings):
    found = load_der_private_key(private_key(SnowflakeSettings(auth="key-pair", **settings)), None)
    assert found.private_numbers() == KEY.private_numbers()


def test_private_key_of_a_file(tmp_path: Path):
    path = tmp_path / "rsa_key.p8"
    path.write_text(pem())
    given = options(SnowflakeSettings(auth="key-pair", private_key_file=path))
    assert given["authenticator"] == "SNOWFLAKE_JWT"
    assert load_der_private_key(given["private_key"], None).private_numbers() == KEY.private_numbers()
    with pytest.raises(ConfigError, match=r"private_key_file .*absent cannot be read: No such file"):
        options(SnowflakeSettings(auth="key-pair", private_key_file=tmp_path / "absent"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"private_key": "MIIE"}, "is no private key in PEM"),
        ({"private_key": pem(passphrase=b"open")}, "is encrypted, and there is no passphrase"),
        ({"private_key": pem(passphrase=b"open"), "private_key_passphrase": "shut"}, "cannot be read with the"),
        ({"private_key": pem(), "private_key_passphrase": "open"}, "is not encrypted, and there is a passphrase"),
        ({"private_key": pem(ec.generate_private_key(ec.SECP256R1()))}, "is no RSA key"),
    ],
)
def test_keys_refused(settings, message):
    with pytest.raises(ConfigError, match=message) as caught:
        options(SnowflakeSettings(auth="key-pair", **settings))
    assert "snowflake.private_key" in caught.value.message
    assert "MII" not in caught.value.message


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"password": "p"}, {"password": "p"}),
        ({"auth": "oauth", "token": "t"}, {"authenticator": "oauth", "token": "t"}),
        ({"auth": "pat", "token": "t"}, {"authenticator": "PROGRAMMATIC_ACCESS_TOKEN", "token": "t"}),
    ],
)
def test_other_logins(settings, expected):
    assert options(SnowflakeSettings(**settings)) == expected


@pytest.mark.parametrize(
    ("role", "keys", "expected"),
    [
        (None, Credentials("a", "it's"), "ACCESS_KEY_ID 'a' SECRET_ACCESS_KEY 'it''s'"),
        (None, Credentials("a", "s", "t"), "ACCESS_KEY_ID 'a' SECRET_ACCESS_KEY 's' SESSION_TOKEN 't'"),
        ("default", Credentials("a", "s"), "IAM_ROLE default"),
        ("arn:aws:iam::1:role/r", Credentials("a", "s"), "IAM_ROLE 'arn:aws:iam::1:role/r'"),
    ],
)
def test_copy_authorization(role, keys, expected):
    assert copy_authorization(RedshiftSettings(copy_iam_role=role), lambda: keys) == expected
