"""The local CA and the server certificate: what is in them, when they are made, and what is wrong with them."""

from __future__ import annotations

import datetime as dt
import ipaddress
import logging
import shutil
import subprocess

import pytest
from cryptography import x509

from dw_simulator.errors import CertificateError
from dw_simulator.serving import certificates
from dw_simulator.serving.certificates import Place, check, create, describe, ensure, renew
from dw_simulator.serving.tls import server_context

DAY = dt.timedelta(days=1)
TODAY = dt.datetime.now(dt.UTC).replace(microsecond=0)


def load(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind)


@pytest.fixture
def made(tmp_path):
    return create(tmp_path / "tls", ["Redshift", "10.1.2.3"], now=TODAY)


def test_what_is_in_them(made):
    ca, server = describe(made.folder)
    assert server.names == ("localhost", "*.s3.localhost", "127.0.0.1", "::1", "redshift", "10.1.2.3")
    assert (ca.days_left, server.days_left) == (certificates.CA_DAYS - 1, certificates.SERVER_DAYS - 1)
    assert server.issuer == ca.subject
    constraints = extension(load(made.ca), x509.NameConstraints)
    assert constraints.critical
    permitted = [item.value for item in constraints.value.permitted_subtrees]
    assert permitted == [
        "localhost",
        "s3.localhost",
        "redshift",
        *map(ipaddress.ip_network, ("127.0.0.0/8", "::1/128", "10.1.2.3/32")),
    ]
    assert extension(load(made.ca), x509.BasicConstraints).value == x509.BasicConstraints(ca=True, path_length=0)
    assert extension(load(made.server), x509.BasicConstraints).value.ca is False


def test_only_the_owner_reads_keys(made):
    modes = {path.name: path.stat().st_mode & 0o777 for path in made.all}
    assert modes == {"ca.pem": 0o644, "ca-key.pem": 0o600, "server.pem": 0o644, "server-key.pem": 0o600}
    assert sorted(path.name for path in made.folder.iterdir()) == [".lock", *sorted(modes)]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
@pytest.mark.parametrize("name", ["localhost", "bucket.s3.localhost", "redshift"])
def test_openssl_takes_them_strictly(made, name):
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", name]
    done = subprocess.run([*command, "-CAfile", made.ca, made.server], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_nothing_is_overwritten_unasked(made):
    before = made.server.read_bytes()
    with pytest.raises(CertificateError, match=r"there are certificates already: .*ca\.pem") as caught:
        create(made.folder)
    assert "--renew" in str(caught.value.hint)
    assert made.server.read_bytes() == before
    create(made.folder, force=True)
    assert made.server.read_bytes() != before
    check(made.folder)


def test_renewal_keeps_ca_key_and_names(made):
    kept = [path.read_bytes() for path in (made.ca, made.ca_key, made.server_key)]
    renew(made.folder, ["localhost", "x.redshift"], now=TODAY + 70 * DAY)
    assert [path.read_bytes() for path in (made.ca, made.ca_key, made.server_key)] == kept
    _, server = describe(made.folder, now=TODAY + 70 * DAY)
    assert server.names == ("localhost", "*.s3.localhost", "127.0.0.1", "::1", "redshift", "10.1.2.3", "x.redshift")
    assert server.days_left == certificates.SERVER_DAYS


@pytest.mark.parametrize("name", ["snowflake", "example.com", "10.1.2.4", "myredshift"])
def test_the_ca_vouches_for_no_other_names(made, name):
    with pytest.raises(CertificateError, match="may not vouch for") as caught:
        renew(made.folder, [name])
    assert f"--force --name {name}" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["", "a b", "-x", "http://x", "ö.local", "*", "a..b", "1.2.3.4/8"])
def test_what_is_no_name(tmp_path, name):
    with pytest.raises(CertificateError, match="is no host name and no IP address"):
        create(tmp_path, [name])
    assert not list(tmp_path.iterdir())


def test_a_certificate_does_not_outlive_its_ca(made):
    late = TODAY + (certificates.CA_DAYS - 10) * DAY
    renew(made.folder, now=late)
    assert describe(made.folder, now=late)[1].days_left == 10
    with pytest.raises(CertificateError, match=r"the CA .* expired") as caught:
        renew(made.folder, now=late + 11 * DAY)
    assert "--force" in str(caught.value.hint)


def test_a_start_makes_and_renews(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    ensure(tmp_path, now=TODAY)
    first = Place(tmp_path).server.read_bytes()
    ensure(tmp_path, now=TODAY + (certificates.SERVER_DAYS - certificates.RENEW_DAYS) * DAY)
    assert Place(tmp_path).server.read_bytes() == first
    assert len(caplog.messages) == 1
    ca = Place(tmp_path).ca.read_bytes()
    ensure(tmp_path, now=TODAY + (certificates.SERVER_DAYS - certificates.RENEW_DAYS + 1) * DAY)
    assert Place(tmp_path).server.read_bytes() != first
    assert Place(tmp_path).ca.read_bytes() == ca
    assert [message.split()[0] for message in caplog.messages] == ["made", "renewed"]


def test_a_start_warns_of_what_it_cannot_renew(made, caplog):
    made.ca_key.unlink()
    ensure(made.folder, now=TODAY + 80 * DAY)
    assert "expires in 10 days" in caplog.text
    with pytest.raises(CertificateError, match=r"server\.pem expired on"):
        ensure(made.folder, now=TODAY + 91 * DAY)


def _other_key(place):
    place.server_key.write_bytes(place.ca_key.read_bytes())


def _other_ca(place):
    create(place.folder / "other")
    shutil.copy(place.folder / "other" / "ca.pem", place.ca)


def _folder_for_key(place):
    place.server_key.unlink()
    place.server_key.mkdir()


BROKEN = [
    (lambda place: place.server_key.unlink(), r"there is no .*server-key\.pem"),
    (lambda place: place.server.unlink(), r"there is no .*server\.pem"),
    (lambda place: place.ca.unlink(), r"there is no .*ca\.pem"),
    (lambda place: place.server.write_text("hello"), r"server\.pem is no certificate in PEM"),
    (lambda place: place.server_key.write_text("hello"), r"server-key\.pem is no private key in PEM"),
    (_other_key, r"the key .*server-key\.pem does not belong to the certificate .*server\.pem"),
    (_other_ca, r"server\.pem was not issued by .*ca\.pem"),
    (_folder_for_key, r"cannot read .*server-key\.pem: Is a directory"),
    (lambda place: create(place.folder, force=True, now=TODAY - 91 * DAY), r"server\.pem expired on"),
    (lambda place: create(place.folder, force=True, now=TODAY + 2 * DAY), r"server\.pem is valid only from"),
]


@pytest.mark.parametrize(("damage", "message"), BROKEN)
def test_what_cannot_be_served_is_named(made, damage, message):
    server_context(made.folder)
    damage(made)
    with pytest.raises(CertificateError, match=message) as caught:
        server_context(made.folder)
    assert caught.value.hint


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "tls"):
        with pytest.raises(CertificateError, match="cannot write"):
            create(folder)
