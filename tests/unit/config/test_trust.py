"""How clients come to trust a stack's CA: real handshakes in memory, and what drivers are told."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from dw_simulator.config.settings import load_settings
from dw_simulator.config.trust import (
    client_context,
    openssl_hash,
    redshift_arguments,
    snowflake_arguments,
    tls_problem,
    trusted_folder,
)
from dw_simulator.errors import ConfigError
from dw_simulator.serving.certificates import create
from dw_simulator.serving.tls import server_context


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return create(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch):
    for name in ("SSL_CERT_DIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def settings_with(folder, **groups):
    tls = {"enabled": True, "folder": folder}
    return load_settings({"home": folder / "home", "tls": tls, **groups}, use_running_stack=False)


def handshake(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> str | None:
    """The protocol that both agree on, without a socket."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return ends[0].version()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "bucket.s3.localhost"])
def test_the_stack_is_trusted_under_its_names(made, name):
    assert handshake(client_context(made.ca), server_context(made.folder), name) == "TLSv1.3"


def test_tls_1_2_is_the_oldest(made):
    context, server = client_context(made.ca), server_context(made.folder)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert handshake(context, server, "localhost") == "TLSv1.2"
    assert server.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("name", ["example.com", "10.0.0.1"])
def test_other_names_are_refused(made, name):
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(client_context(made.ca), server_context(made.folder), name)
    reason, hint = tls_problem(caught.value, made.ca)
    assert "is not trusted" in reason
    assert str(made.ca) in reason
    assert "DW_SIMULATOR_TLS_FOLDER" in hint


def test_another_ca_is_refused(made, tmp_path):
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(client_context(create(tmp_path).ca), server_context(made.folder), "localhost")
    assert tls_problem(caught.value, None)[1].startswith("if it is a stack with TLS of its own, set")
    assert tls_problem(ConnectionResetError(), None) is None


def test_openssl_finds_the_ca_in_the_folder(made):
    """As redshift_connector does: it knows no CA but those of OpenSSL's folders."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(capath=trusted_folder(made.ca))
    assert handshake(context, server_context(made.folder), "localhost")


def test_a_replaced_ca_is_not_trusted_any_more(tmp_path):
    first = create(tmp_path)
    old = list(trusted_folder(first.ca).iterdir())
    create(tmp_path, force=True)
    new = list(trusted_folder(first.ca).iterdir())
    assert len(old) == len(new) == 1
    assert old != new


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
@pytest.mark.parametrize(
    "parts",
    [
        {NameOID.COMMON_NAME: "A  Local \t CA", NameOID.COUNTRY_NAME: "DE"},
        {NameOID.ORGANIZATION_NAME: "Bücher ÄG " + "x" * 40, NameOID.COMMON_NAME: "y" * 60},
        {NameOID.DOMAIN_COMPONENT: "Example", NameOID.ORGANIZATIONAL_UNIT_NAME: "z" * 64},
    ],
)
def test_the_hash_is_that_of_openssl(tmp_path, parts):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding

    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in parts.items()])
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    (tmp_path / "request.pem").write_bytes(request.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, *_unencrypted()),
    )
    command = ["openssl", "req", "-x509", "-in", "request.pem", "-key", "key.pem", "-out", "made.pem", "-days", "1"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    told = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", "made.pem"], cwd=tmp_path, capture_output=True, text=True
    )
    made = x509.load_pem_x509_certificate((tmp_path / "made.pem").read_bytes())
    assert openssl_hash(made.subject) == told.stdout.strip()


def _unencrypted():
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat

    return PrivateFormat.PKCS8, NoEncryption()


REDSHIFT = [
    ({}, {"ssl": True, "sslmode": "verify-full"}),
    ({"ssl_mode": "verify-ca"}, {"ssl": True, "sslmode": "verify-ca"}),
    ({"ssl_mode": "disable"}, {"ssl": False}),
    ({"host": "x.redshift.amazonaws.com"}, {"ssl": True, "sslmode": "verify-full"}),
]


@pytest.mark.parametrize(("redshift", "expected"), REDSHIFT)
def test_redshift_arguments(made, redshift, expected):
    assert redshift_arguments(settings_with(made.folder, redshift=redshift)) == expected
    named = str(made.folder / "trusted") in os.environ.get("SSL_CERT_DIR", "").split(os.pathsep)
    assert named == (expected["ssl"] and "host" not in redshift)


def test_redshift_without_tls():
    local = load_settings({"home": "/nowhere"}, use_running_stack=False)
    assert redshift_arguments(local) == {"ssl": False}
    local.redshift.host = "x.redshift.amazonaws.com"
    assert redshift_arguments(local) == {"ssl": True, "sslmode": "verify-full"}


def test_other_folders_of_cas_stay(made, monkeypatch):
    monkeypatch.setenv("SSL_CERT_DIR", "/one:/two")
    for _ in range(2):
        redshift_arguments(settings_with(made.folder))
    assert os.environ["SSL_CERT_DIR"] == f"/one:/two:{made.folder}/trusted"


def test_snowflake_arguments(made, monkeypatch, tmp_path):
    settings = settings_with(made.folder)
    assert settings.snowflake.endpoint == ("https", "127.0.0.1", 4567)
    assert snowflake_arguments(settings.snowflake, "5.2.0") == {"custom_root_store_path": str(made.ca)}
    own = tmp_path / "company.pem"
    own.write_text("company\n")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own))
    assert snowflake_arguments(settings.snowflake, "4.8.1") == {"disable_ocsp_checks": True}
    bundle = made.folder / "trusted" / "bundle.pem"
    assert os.environ["REQUESTS_CA_BUNDLE"] == str(bundle)
    assert bundle.read_text() == made.ca.read_text() + "company\n"


def test_snowflake_elsewhere_keeps_the_public_cas(made):
    settings = settings_with(made.folder, snowflake={"host": "x.snowflakecomputing.com", "port": 443})
    assert settings.snowflake.endpoint == ("https", "x.snowflakecomputing.com", 443)
    assert snowflake_arguments(settings.snowflake, "5.2.0") == {}


def test_a_ca_that_is_not_there(tmp_path):
    settings = settings_with(tmp_path)
    actions = [
        lambda: client_context(settings.s3.ca_file),
        lambda: redshift_arguments(settings),
        lambda: snowflake_arguments(settings.snowflake, "5.2.0"),
    ]
    for action in actions:
        with pytest.raises(ConfigError, match=r"TLS is enabled, but there is no CA .*ca\.pem") as caught:
            action()
        assert "dw-sim certs create" in str(caught.value.hint)


def test_urls_of_the_services(made):
    settings = settings_with(made.folder, api={"port": 1}, s3={"port": 2})
    assert (settings.api.local_url, settings.s3.url) == ("https://127.0.0.1:1", "https://127.0.0.1:2")
    plain = load_settings({"home": "/nowhere"}, use_running_stack=False)
    assert plain.s3.url == "http://127.0.0.1:4566"
    assert plain.snowflake.endpoint[0] == "http"
