"""How our own clients trust a stack's CA: contexts and driver arguments. Nothing here turns verification off.

Drivers differ in where they take a CA from: ``http.client`` from a context, snowflake-connector-python 5 from an
option, its version 4 and redshift_connector only from environment variables.
"""

from __future__ import annotations

import hashlib
import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dw_simulator.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.x509 import Name

    from dw_simulator.config.groups import SnowflakeSettings
    from dw_simulator.config.settings import Settings

TRUSTED = "trusted"
"""Folder beside ``ca.pem`` with what clients of OpenSSL and of requests can read: the CA under the hash of its name."""

_CERT_DIR = "SSL_CERT_DIR"
_CA_BUNDLE = "REQUESTS_CA_BUNDLE"


def client_context(ca_file: Path | None) -> ssl.SSLContext:
    """Trusts the public CAs and that of the stack, and checks host names.

    Raises:
        ConfigError: the CA cannot be read.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        _require(ca_file)
        try:
            context.load_verify_locations(ca_file)
        except (ssl.SSLError, OSError) as error:
            raise ConfigError(f"the CA {ca_file} cannot be read: {error.strerror or error}", hint=_HINT) from error
    return context


def stack_context(ca_file: Path) -> ssl.SSLContext:
    """Trusts the stack's CA alone. It takes little to make: for checks that come again and again.

    Raises:
        ConfigError: the CA cannot be read.
    """
    _require(ca_file)
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError as error:
        raise ConfigError(f"the CA {ca_file} cannot be read: {error.reason or error}", hint=_HINT) from error


def tls_problem(error: BaseException, ca_file: Path | None) -> tuple[str, str] | None:
    """Reason and hint for a failed handshake; None for an error of another kind."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = f"its certificate is not trusted: {error.verify_message}"
        if ca_file is None:
            return reason, (
                "if it is a stack with TLS of its own, set DW_SIMULATOR_TLS_ENABLED=true, and DW_SIMULATOR_TLS_FOLDER"
                " to the folder of its CA"
            )
        return f"{reason} (checked with {ca_file})", (
            "let DW_SIMULATOR_TLS_FOLDER name the folder of the CA that the service's certificate is from, and restart"
            " the stack if its certificates are newer than its start"
        )
    if isinstance(error, ssl.SSLError):
        reason = f"the TLS handshake failed: {error.reason or error}"
        return reason, "start the service with DW_SIMULATOR_TLS_ENABLED=true as well, or set it to false here"
    return None


# --- redshift_connector -------------------------------------------------------------------------------------------
def redshift_arguments(settings: Settings) -> dict[str, Any]:
    """``ssl`` and ``sslmode`` for redshift_connector.

    The driver knows no argument for a CA, but its OpenSSL also looks into the folders that ``SSL_CERT_DIR`` names:
    the one with the stack's CA is added to them, for this process and those it starts.

    Raises:
        ConfigError: the CA cannot be read.
    """
    redshift = settings.redshift
    local = settings.is_local(redshift.host) and redshift.auth != "iam"
    mode = redshift.ssl_mode
    if mode == "auto":
        mode = "disable" if local and redshift.ca_file is None else "verify-full"
    if mode == "disable":
        return {"ssl": False}
    if redshift.ca_file is not None:
        _add_folder(trusted_folder(redshift.ca_file))
    return {"ssl": True, "sslmode": mode}


def trusted_folder(ca_file: Path) -> Path:
    """The folder with the CA as OpenSSL looks it up (``c_rehash``), made if need be. Raises ConfigError."""
    from cryptography import x509

    _require(ca_file)
    try:
        data = ca_file.read_bytes()
        name = f"{openssl_hash(x509.load_pem_x509_certificate(data).subject)}.0"
        folder = ca_file.parent / TRUSTED
        path = folder / name
        if not path.exists() or path.read_bytes() != data:
            _replace(path, data)
            for other in set(folder.glob("*.0")) - {path}:  # of a CA that was replaced
                other.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise ConfigError(f"the CA {ca_file} cannot be used: {error}", hint=_HINT) from error
    return folder


def _add_folder(folder: Path) -> None:
    present = os.environ.get(_CERT_DIR) or ssl.get_default_verify_paths().openssl_capath
    folders = present.split(os.pathsep)
    if str(folder) not in folders:
        os.environ[_CERT_DIR] = os.pathsep.join((*folders, str(folder)))


def openssl_hash(name: Name) -> str:
    """What ``openssl x509 -hash`` prints for a subject: SHA-1 over its canonical form (X509_NAME_hash_ex)."""
    encoded = b""
    for rdn in name.rdns:
        attributes = []
        for attribute in rdn:
            text = b" ".join(str(attribute.value).encode().split()).lower()  # of ASCII only, as OpenSSL
            attributes.append(_der(0x30, _oid(attribute.oid.dotted_string) + _der(0x0C, text)))
        encoded += _der(0x31, b"".join(sorted(attributes)))
    return hashlib.sha1(encoded, usedforsecurity=False).digest()[3::-1].hex()


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    size = bytes([length]) if length < 128 else b"\x82" + length.to_bytes(2)
    if 128 <= length < 256:
        size = b"\x81" + bytes([length])
    return bytes([tag]) + size + content


def _oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    content = bytearray([40 * first + second])
    for number in rest:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return _der(0x06, bytes(content))


# --- snowflake-connector-python -----------------------------------------------------------------------------------
def snowflake_arguments(settings: SnowflakeSettings, version: str) -> dict[str, Any]:
    """What makes a version of the connector trust the stack's CA; nothing for a server of Snowflake's own.

    Raises:
        ConfigError: the CA cannot be read.
    """
    protocol, _, _ = settings.endpoint
    if settings.ca_file is None or protocol != "https":
        return {}
    _require(settings.ca_file)
    if int(version.partition(".")[0]) >= 5:
        return {"custom_root_store_path": str(settings.ca_file)}
    os.environ[_CA_BUNDLE] = str(_bundle(settings.ca_file))
    return {"disable_ocsp_checks": True}  # nobody answers such questions about a local CA


def _bundle(ca_file: Path) -> Path:
    """Version 4 reads one file of CAs: what it read before, with the stack's CA in front."""
    import certifi

    path = ca_file.parent / TRUSTED / "bundle.pem"
    present = Path(os.environ.get(_CA_BUNDLE) or certifi.where())
    if present == path:
        present = Path(certifi.where())
    try:
        wanted = ca_file.read_bytes().rstrip() + b"\n" + present.read_bytes()
        if not path.exists() or path.read_bytes() != wanted:
            _replace(path, wanted)
    except OSError as error:
        raise ConfigError(f"the CA {ca_file} cannot be used: {error}", hint=_HINT) from error
    return path


# --- files --------------------------------------------------------------------------------------------------------
_HINT = "make certificates with: dw-sim certs create; DW_SIMULATOR_TLS_FOLDER names their folder"


def _require(ca_file: Path) -> None:
    try:
        with ca_file.open("rb"):
            return
    except FileNotFoundError as error:
        raise ConfigError(f"TLS is enabled, but there is no CA {ca_file}", hint=_HINT) from error
    except OSError as error:
        raise ConfigError(f"the CA {ca_file} cannot be read: {error.strerror or error}", hint=_HINT) from error


def _replace(path: Path, data: bytes) -> None:
    """In one step: other processes may read it now."""
    path.parent.mkdir(exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    scratch.write_bytes(data)
    scratch.replace(path)
