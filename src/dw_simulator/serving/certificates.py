"""A local certificate authority (CA) and the one server certificate that all services present.

The CA may only vouch for this machine's own names (name constraints, RFC 5280 section 4.2.1.10): who trusts it need not
fear that a stolen key of it stands in for a bank. A folder holds

| file | what |
|---|---|
| ``ca.pem`` | the CA's certificate: what clients trust |
| ``ca-key.pem`` | its private key, mode 0600; without it certificates can be used, not renewed |
| ``server.pem`` | the certificate that the services present |
| ``server-key.pem`` | its private key, mode 0600 |
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import ipaddress
import logging
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dw_simulator.errors import CertificateError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

log = logging.getLogger(__name__)

CA_DAYS = 730
SERVER_DAYS = 90
RENEW_DAYS = 30
"""A certificate that ends within so many days is renewed at the next start."""

NAMES = ("localhost", "*.s3.localhost", "127.0.0.1", "::1")
"""What every server certificate is for."""

_PERMITTED_NETWORKS = ("127.0.0.0/8", "::1/128")
_BACKDATED = dt.timedelta(hours=1)
"""Clocks of clients may be behind."""
_HOST_NAME = re.compile(
    r"(?=.{1,253}$)(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
_CREATE = "dw-sim certs create"


@dataclass(frozen=True, slots=True)
class Place:
    """The files of a folder."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def ca_key(self) -> Path:
        return self.folder / "ca-key.pem"

    @property
    def server(self) -> Path:
        return self.folder / "server.pem"

    @property
    def server_key(self) -> Path:
        return self.folder / "server-key.pem"

    @property
    def all(self) -> tuple[Path, ...]:
        return self.ca, self.ca_key, self.server, self.server_key


@dataclass(frozen=True, slots=True)
class Description:
    """A certificate for people: ``days_left`` is negative for one that has expired."""

    path: Path
    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: dt.datetime
    not_after: dt.datetime
    days_left: int
    sha256: str


# --- making -------------------------------------------------------------------------------------------------------
def create(folder: Path, names: Iterable[str] = (), *, force: bool = False, now: dt.datetime | None = None) -> Place:
    """Make a CA and a server certificate for this machine's names and for ``names`` (host names, IP addresses).

    Raises:
        CertificateError: there are some already and not ``force``, a name is none, or the folder cannot be written.
    """
    place, wanted = Place(folder), _all_names(names)
    with _locked(folder):
        there = [path for path in place.all if path.exists()]
        if there and not force:
            raise CertificateError(
                f"there are certificates already: {there[0]}",
                hint="renew them with: dw-sim certs create --renew; --force replaces them, and clients must then"
                " trust the new CA",
            )
        _make_all(place, wanted, _now(now))
    return place


def renew(folder: Path, names: Iterable[str] = (), *, now: dt.datetime | None = None) -> Place:
    """A new server certificate of the same CA, with the names of the old one and ``names``.

    Raises:
        CertificateError: there is no CA with its key, it has expired, or it may not vouch for a name.
    """
    place = Place(folder)
    with _locked(folder):
        _renew(place, names, _now(now))
    return place


def ensure(folder: Path, names: Iterable[str] = (), *, now: dt.datetime | None = None) -> None:
    """Make certificates, also for ``names``, where there are none; renew the server's when it ends soon. Says so in the
    log.

    Raises:
        CertificateError: what is there cannot be used.
    """
    place, moment = Place(folder), _now(now)
    if not place.server.exists() and not place.ca.exists():
        with _locked(folder):
            if not place.ca.exists():
                _make_all(place, _all_names(names), moment)
                log.info("made a local CA and a server certificate in %s", folder, extra={"ca": str(place.ca)})
        return
    if place.ca_key.exists():
        left = _days_left(_read(place.server), moment) if place.server.exists() else -1
        if left < RENEW_DAYS:
            with _locked(folder):
                _renew(place, (), moment)
            log.info("renewed the server certificate %s", place.server, extra={"days_left": left})
    check(folder, now=moment)


def _make_all(place: Place, names: Sequence[str], now: dt.datetime) -> None:
    ca_key, server_key = _new_key(), _new_key()
    ca = _make_ca(ca_key, names, now)
    server = _make_server(server_key, ca, ca_key, names, now)
    # The certificate that clients look for comes last: what is there without it is no set yet.
    for path, key in ((place.ca_key, ca_key), (place.server_key, server_key)):
        _write(path, _key_pem(key), 0o600)
    for path, certificate in ((place.server, server), (place.ca, ca)):
        _write(path, _certificate_pem(certificate), 0o644)


def _renew(place: Place, names: Iterable[str], now: dt.datetime) -> None:
    """The key stays, so that one file is replaced in one step."""
    ca, ca_key = _read(place.ca), _read_key(place.ca_key)
    if _days_left(ca, now) < 0:
        raise CertificateError(
            f"the CA {place.ca} expired on {ca.not_valid_after_utc:%Y-%m-%d}",
            hint=f"make a new one, which clients must then trust: {_CREATE} --force",
        )
    old = _names_of(_read(place.server)) if place.server.exists() else ()
    wanted = _all_names((*old, *names))
    _refuse_foreign(ca, place.ca, wanted)
    key = _read_key(place.server_key) if place.server_key.exists() else _new_key()
    server = _make_server(key, ca, ca_key, wanted, now)
    if not place.server_key.exists():
        _write(place.server_key, _key_pem(key), 0o600)
    _write(place.server, _certificate_pem(server), 0o644)


def _make_ca(key: EllipticCurvePrivateKey, names: Sequence[str], now: dt.datetime) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    serial = x509.random_serial_number()
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "dw-simulator"),
            # The number tells CAs of several folders, or of before and after --force, apart in lists of trusted ones.
            x509.NameAttribute(NameOID.COMMON_NAME, f"dw-simulator local CA {serial % 10**6:06d}"),
        ]
    )
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + dt.timedelta(days=CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints(_permitted(names), None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )


def _make_server(
    key: EllipticCurvePrivateKey,
    ca: x509.Certificate,
    ca_key: EllipticCurvePrivateKey,
    names: Sequence[str],
    now: dt.datetime,
) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    end = min(now + dt.timedelta(days=SERVER_DAYS), ca.not_valid_after_utc)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dw-simulator services")]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    """A CA signs certificates; a server signs handshakes."""
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _new_key() -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


# --- names --------------------------------------------------------------------------------------------------------
def _all_names(names: Iterable[str]) -> tuple[str, ...]:
    """This machine's names and the given ones, each once. Raises CertificateError for what is no name."""
    found = dict.fromkeys(NAMES)
    for name in names:
        text = name.strip().lower().rstrip(".")
        if _address(text) is None and not _HOST_NAME.fullmatch(text):
            raise CertificateError(f"{name!r} is no host name and no IP address", hint="for example: --name redshift")
        found.setdefault(text)
    return tuple(found)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    address = _address(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(address)


def _permitted(names: Sequence[str]) -> list[x509.GeneralName]:
    """What the CA may vouch for: loopback, and just the names that were asked for."""
    from cryptography import x509

    hosts = dict.fromkeys(name.removeprefix("*.") for name in names if _address(name) is None)
    networks = [ipaddress.ip_network(text) for text in _PERMITTED_NETWORKS]
    networks += [ipaddress.ip_network(name) for name in names if _address(name) is not None]
    networks = [net for net in networks if not any(net != other and _within(net, other) for other in networks)]
    return [*(x509.DNSName(host) for host in hosts), *(x509.IPAddress(net) for net in dict.fromkeys(networks))]


def _within(
    inner: ipaddress.IPv4Network | ipaddress.IPv6Network, outer: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def _refuse_foreign(ca: x509.Certificate, path: Path, names: Sequence[str]) -> None:
    """Raises CertificateError for a name that the CA may not vouch for: no client would take it."""
    from cryptography import x509

    try:
        permitted = ca.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    except x509.ExtensionNotFound:
        return
    hosts = [item.value for item in permitted if isinstance(item, x509.DNSName)]
    networks = [ipaddress.ip_network(item.value) for item in permitted if isinstance(item, x509.IPAddress)]
    for name in names:
        address = _address(name)
        if address is not None:
            fits = any(address in network for network in networks)
        else:
            plain = name.removeprefix("*.")
            fits = any(plain == host or plain.endswith(f".{host}") for host in hosts)
        if not fits:
            raise CertificateError(
                f"the CA {path} may not vouch for {name!r}: it was made for other names",
                hint=f"make a new one, which clients must then trust: {_CREATE} --force --name {name}",
            )


def _names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value) for name in names)


# --- looking ------------------------------------------------------------------------------------------------------
def describe(folder: Path, *, now: dt.datetime | None = None) -> tuple[Description, Description]:
    """The CA's certificate and the server's. Raises CertificateError if one is not there."""
    from cryptography.hazmat.primitives import hashes

    place, moment = Place(folder), _now(now)

    def described(path: Path) -> Description:
        found = _read(path)
        print_ = found.fingerprint(hashes.SHA256()).hex().upper()
        return Description(
            path,
            found.subject.rfc4514_string(),
            found.issuer.rfc4514_string(),
            _names_of(found),
            found.not_valid_before_utc,
            found.not_valid_after_utc,
            _days_left(found, moment),
            ":".join(print_[at : at + 2] for at in range(0, len(print_), 2)),
        )

    return described(place.ca), described(place.server)


def check(folder: Path, *, now: dt.datetime | None = None) -> None:
    """Refuse certificates that no client would take; warn of those that end soon.

    Raises:
        CertificateError: a file is missing or cannot be read, has expired, is not yet valid, or the key is another's.
    """
    place, moment = Place(folder), _now(now)
    ca, server, key = _read(place.ca), _read(place.server), _read_key(place.server_key)
    if key.public_key() != server.public_key():
        raise CertificateError(
            f"the key {place.server_key} does not belong to the certificate {place.server}",
            hint=f"put the right one there, or make new ones: {_CREATE} --force",
        )
    for path, certificate in ((place.server, server), (place.ca, ca)):
        _check_dates(path, certificate, moment, is_ca=path == place.ca)
    try:
        server.verify_directly_issued_by(ca)
    except Exception as error:
        raise CertificateError(
            f"the certificate {place.server} was not issued by {place.ca}",
            hint=f"put the CA there that issued it, or make new ones: {_CREATE} --force",
        ) from error


def _check_dates(path: Path, certificate: x509.Certificate, now: dt.datetime, *, is_ca: bool) -> None:
    renew_hint = f"{_CREATE} --force makes a new CA, which clients must then trust" if is_ca else f"{_CREATE} --renew"
    if now > certificate.not_valid_after_utc:
        raise CertificateError(
            f"the certificate {path} expired on {certificate.not_valid_after_utc:%Y-%m-%d}", hint=renew_hint
        )
    if now < certificate.not_valid_before_utc:
        raise CertificateError(
            f"the certificate {path} is valid only from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC on",
            hint="check this machine's clock",
        )
    left = _days_left(certificate, now)
    if left < RENEW_DAYS:
        log.warning("the certificate %s expires in %d days: %s", path, left, renew_hint)


def _days_left(certificate: x509.Certificate, now: dt.datetime) -> int:
    return (certificate.not_valid_after_utc - now).days


def _now(given: dt.datetime | None) -> dt.datetime:
    return (given or dt.datetime.now(dt.UTC)).replace(microsecond=0)


# --- files --------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One writer at a time; made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, data: bytes, mode: int) -> None:
    """Replace the file in one step; a private key is never readable by others, not for an instant."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> CertificateError:
    return CertificateError(
        f"cannot write {path}: {error.strerror or error}",
        hint="set DW_SIMULATOR_TLS_FOLDER to a folder you can write in",
    )


def _load(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise CertificateError(f"there is no {path}", hint=f"make the certificates with: {_CREATE}") from error
    except OSError as error:
        raise CertificateError(
            f"cannot read {path}: {error.strerror or error}",
            hint="check who may read it, or set DW_SIMULATOR_TLS_FOLDER to another folder",
        ) from error


def _read(path: Path) -> x509.Certificate:
    """The first certificate of a PEM file."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(_load(path))
    except ValueError as error:
        raise CertificateError(f"{path} is no certificate in PEM", hint=f"{_CREATE} --force makes new ones") from error


def _read_key(path: Path) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(_load(path), None)  # type: ignore[return-value]
    except (ValueError, TypeError) as error:
        raise CertificateError(
            f"{path} is no private key in PEM without a passphrase", hint=f"{_CREATE} --force makes new ones"
        ) from error


def _certificate_pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
