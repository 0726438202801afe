"""Password exchanges as generators: they yield the body-level steps and are sent what the peer answered.

Server side (`check_password`): yields messages for the client, is sent the bodies of its 'p' messages, returns when the
password is right. Client side (`answer`): towards a PostgreSQL reached by a DSN. MD5 and SCRAM-SHA-256 as in the
PostgreSQL documentation, "SASL Authentication" and RFC 5802; Redshift stores MD5 by default.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from dw_simulator.emulators.redshift.errors import INTERNAL_ERROR, PROTOCOL_VIOLATION, FatalError, password_failed
from dw_simulator.emulators.redshift.protocol import messages

SCRAM = "SCRAM-SHA-256"
Exchange = Generator[bytes, bytes, None]


def md5_verifier(user: str, password: str) -> str:
    """As PostgreSQL stores it in pg_authid.rolpassword."""
    return "md5" + hashlib.md5(password.encode() + user.encode(), usedforsecurity=False).hexdigest()


def check_password(user: str, verifier: str | None) -> Exchange:
    """Ask a client for the password that ``verifier`` (as in pg_authid; None: there is no such user) was made from.

    Raises:
        FatalError: the password is wrong, or the client broke the exchange.
    """
    if verifier is not None and verifier.startswith(SCRAM):
        yield from _check_scram(user, ScramVerifier.read(verifier))
    else:
        yield from _check_md5(user, verifier)


def check_any(user: str, verifiers: Sequence[str]) -> Generator[bytes, bytes, int]:
    """As :func:`check_password` with several passwords (MD5) that are right; returns the index of the one given.

    Raises:
        FatalError: it is none of them.
    """
    salt = os.urandom(4)
    answer = (yield messages.authentication_md5(salt)).rstrip(b"\0")
    matching = [index for index, item in enumerate(verifiers) if hmac.compare_digest(answer, _md5_answer(item, salt))]
    if not matching:
        raise password_failed(user)
    return matching[0]


def _md5_answer(verifier: str, salt: bytes) -> bytes:
    return b"md5" + hashlib.md5(verifier[3:].encode() + salt, usedforsecurity=False).hexdigest().encode()


def _check_md5(user: str, verifier: str | None) -> Exchange:
    salt = os.urandom(4)
    answer = yield messages.authentication_md5(salt)
    # An unknown user goes through the same motions: its name is not given away.
    expected = _md5_answer(verifier or "md5" + os.urandom(16).hex(), salt)
    if not hmac.compare_digest(answer.rstrip(b"\0"), expected):
        raise password_failed(user)


@dataclass(frozen=True, slots=True)
class ScramVerifier:
    iterations: int
    salt: bytes
    stored_key: bytes
    server_key: bytes

    @classmethod
    def read(cls, verifier: str) -> ScramVerifier:
        _, parameters, keys = verifier.split("$")
        iterations, salt = parameters.split(":")
        stored, server = keys.split(":")
        return cls(int(iterations), base64.b64decode(salt), base64.b64decode(stored), base64.b64decode(server))


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()


def _attributes(text: bytes) -> dict[bytes, bytes]:
    return {part[:1]: part[2:] for part in text.split(b",")}


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _nonce() -> bytes:
    return base64.b64encode(os.urandom(18))


def _check_scram(user: str, verifier: ScramVerifier) -> Exchange:
    first = yield messages.authentication_sasl([SCRAM])
    mechanism, _, rest = first.partition(b"\0")
    header, _, bare = rest[4:].partition(b",,")
    client = _attributes(bare)
    if mechanism != SCRAM.encode() or header not in (b"n", b"y") or b"r" not in client:
        raise FatalError(PROTOCOL_VIOLATION, "malformed SCRAM message")
    nonce = client[b"r"] + _nonce()
    server_first = b"r=%b,s=%b,i=%d" % (nonce, base64.b64encode(verifier.salt), verifier.iterations)
    final = yield messages.authentication_sasl_continue(server_first)
    without_proof, _, proof = final.rpartition(b",p=")
    auth_message = b",".join((bare, server_first, without_proof))
    if not _proof_holds(verifier, auth_message, proof) or _attributes(without_proof).get(b"r") != nonce:
        raise password_failed(user)
    signature = base64.b64encode(_hmac(verifier.server_key, auth_message))
    # The last message needs no answer: the caller sends it and goes on.
    yield messages.authentication_sasl_final(b"v=" + signature)


def _proof_holds(verifier: ScramVerifier, auth_message: bytes, proof: bytes) -> bool:
    try:
        decoded = base64.b64decode(proof, validate=True)
    except ValueError:
        return False
    if len(decoded) != 32:
        return False
    client_key = _xor(decoded, _hmac(verifier.stored_key, auth_message))
    return hmac.compare_digest(hashlib.sha256(client_key).digest(), verifier.stored_key)


def answer(user: str, password: str, verifier: str = "") -> Generator[bytes | None, bytes, None]:
    """Answer a server: is sent the bodies of its 'R' messages, yields 'p' messages (None: nothing to send).

    ``verifier``: the stored MD5 password, which is all that MD5 authentication needs, in place of the password.
    """
    reply: bytes | None = None
    while True:
        request = yield reply
        code, data = int.from_bytes(request[:4], "big"), request[4:]
        if code in (0, 12):
            reply = None
        elif code == 3:
            reply = messages.message(b"p", password.encode() + b"\0")
        elif code == 5:
            stored = verifier or md5_verifier(user, password)
            reply = messages.message(b"p", _md5_answer(stored, data[:4]) + b"\0")
        elif code == 10:
            nonce = _nonce()
            first = b"n=,r=" + nonce
            body = b"n,," + first
            sasl = SCRAM.encode() + b"\0" + len(body).to_bytes(4, "big") + body
            server_first = yield messages.message(b"p", sasl)
            reply = messages.message(b"p", _scram_final(password, first, server_first[4:]))
        else:
            raise FatalError(INTERNAL_ERROR, f"the PostgreSQL backend asks for authentication method {code}")


def _scram_final(password: str, first: bytes, server_first: bytes) -> bytes:
    server = _attributes(server_first)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(server[b"s"]), int(server[b"i"]))
    client_key = _hmac(salted, b"Client Key")
    without_proof = b"c=biws,r=" + server[b"r"]
    signature = _hmac(hashlib.sha256(client_key).digest(), b",".join((first, server_first, without_proof)))
    return without_proof + b",p=" + base64.b64encode(_xor(client_key, signature))
