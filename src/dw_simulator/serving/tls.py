"""The services' side of TLS: one context a process, made from the certificates of the settings' folder."""

from __future__ import annotations

import ssl
from pathlib import Path

from dw_simulator.errors import CertificateError
from dw_simulator.serving.certificates import Place, check


def server_context(folder: Path, *, protocols: tuple[str, ...] = ()) -> ssl.SSLContext:
    """TLS 1.2 or later with the server certificate of ``folder``; ``protocols`` are agreed on by ALPN.

    Raises:
        CertificateError: a file is missing or unreadable, a certificate has expired, the key does not match.
    """
    check(folder)
    place = Place(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(place.server, place.server_key)
    except (ssl.SSLError, OSError) as error:
        raise CertificateError(
            f"the certificate {place.server} cannot be used with its key: {error.strerror or error}",
            hint="make new ones: dw-sim certs create --force",
        ) from error
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context
