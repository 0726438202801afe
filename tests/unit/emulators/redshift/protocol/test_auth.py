import base64
import hashlib
import hmac

import pytest

from dw_simulator.emulators.redshift.errors import FatalError
from dw_simulator.emulators.redshift.protocol.auth import answer, check_password, md5_verifier


def scram_verifier(password, salt=b"0123456789abcdef", iterations=4096):
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    b64 = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${iterations}:{b64[0]}${b64[1]}:{b64[2]}"


def exchange(verifier, password, user="awsuser"):
    """Let our server side and our client side talk until the server is satisfied."""
    server, client = check_password(user, verifier), answer(user, password)
    next(client)
    request = next(server)
    while True:
        reply = client.send(request[5:])
        if reply is None:
            return
        try:
            request = server.send(reply[5:])
        except StopIteration:
            return


VERIFIERS = [md5_verifier("awsuser", "mockpass"), scram_verifier("mockpass")]


@pytest.mark.parametrize("verifier", VERIFIERS)
def test_right_password(verifier):
    exchange(verifier, "mockpass")


@pytest.mark.parametrize("verifier", [*VERIFIERS, None])
def test_wrong_password_or_unknown_user(verifier):
    with pytest.raises(FatalError) as caught:
        exchange(verifier, "wrong")
    assert caught.value.sqlstate == "28000"
    assert caught.value.message == 'password authentication failed for user "awsuser"'


def test_md5_verifier_is_what_postgresql_stores():
    assert md5_verifier("joe", "secret") == "md5" + hashlib.md5(b"secretjoe").hexdigest()
