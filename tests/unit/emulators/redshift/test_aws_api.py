"""Parts of AWS's APIs that need no server: signatures, credentials that expire, parameters, values."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from dw_simulator.emulators.redshift.aws_api import signing
from dw_simulator.emulators.redshift.aws_api.data_results import Column, ResultSet, page
from dw_simulator.emulators.redshift.aws_api.errors import ApiError
from dw_simulator.emulators.redshift.aws_api.statements import names_in, positional
from dw_simulator.emulators.redshift.temporary import KEPT, TemporaryCredentials
from dw_simulator.staging import sigv4

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
KEYS = {"mockuser": "mockpass"}


def signed(
    at: dt.datetime = NOW, body: bytes = b"{}", key: str = "mockuser", secret: str = "mockpass"
) -> dict[str, str]:
    timestamp = at.strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": "127.0.0.1:5440", "x-amz-date": timestamp, "x-amz-target": "RedshiftData.ListStatements"}
    scope = f"{timestamp[:8]}/eu-west-1/redshift-data/aws4_request"
    digest = hashlib.sha256(body).hexdigest()
    canonical = sigv4.canonical_request("POST", "/", (), headers, headers, digest)
    signing_key = sigv4.signing_key(secret, timestamp[:8], "eu-west-1", "redshift-data")
    mark = sigv4.signature(signing_key, sigv4.string_to_sign(timestamp, scope, canonical))
    names = ";".join(sorted(headers))
    headers["authorization"] = f"{sigv4.ALGORITHM} Credential={key}/{scope}, SignedHeaders={names}, Signature={mark}"
    return headers


def test_a_good_signature():
    assert signing.check(signed(), b"{}", KEYS, NOW) == "mockuser"


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({}, b"{}", "MissingAuthenticationTokenException"),
        ({"authorization": "Basic bW9jaw=="}, b"{}", "IncompleteSignature"),
        ({**signed(), "x-amz-date": "today"}, b"{}", "IncompleteSignature"),
        (signed(key="AKIA"), b"{}", "InvalidClientTokenId"),
        (signed(secret="wrong"), b"{}", "SignatureDoesNotMatch"),
        (signed(), b'{"other": 1}', "SignatureDoesNotMatch"),
        ({**signed(), "x-amz-target": "RedshiftData.CancelStatement"}, b"{}", "SignatureDoesNotMatch"),
        (signed(NOW - dt.timedelta(minutes=16)), b"{}", "SignatureDoesNotMatch"),
        (signed(NOW + dt.timedelta(minutes=16)), b"{}", "SignatureDoesNotMatch"),
    ],
)
def test_bad_signatures(headers, body, code):
    with pytest.raises(ApiError) as caught:
        signing.check(headers, body, KEYS, NOW)
    assert caught.value.code == code


def test_credentials_expire():
    clock = [1000.0]
    credentials = TemporaryCredentials(lambda: clock[0])
    first = credentials.issue("IAM:ann", "ann", 900)
    clock[0] = 1800.0
    second = credentials.issue("IAM:ann", "ann", 900, create=True)
    assert [grant.create for grant in credentials.find("IAM:ann")] == [False, True]
    assert (first.expires.timestamp(), second.expires.timestamp()) == (1900, 2700)
    clock[0] = 1900.0
    assert [grant.create for grant in credentials.find("IAM:ann")] == [True]
    clock[0] = 2700.0
    assert credentials.find("IAM:ann") == []
    assert credentials.find("IAM:nobody") == []


def test_credentials_do_not_pile_up():
    credentials = TemporaryCredentials(lambda: 0.0)
    for _ in range(KEPT + 5):
        credentials.issue("IAM:ann", "ann", 900)
    assert len(credentials.find("IAM:ann")) == KEPT


@pytest.mark.parametrize(
    ("sql", "parameters", "expected"),
    [
        ("select 1", {}, ("select 1", [])),
        ("select :a", {}, ("select :a", [])),
        ("select :a, :b, :a", {"a": "1", "b": "2"}, ("select $1, $2, $1", ["1", "2"])),
        ("select ':a', \":a\", 1::int, :a -- :a", {"a": "1"}, ("select ':a', \":a\", 1::int, $1 -- :a", ["1"])),
        ("select /* :x */ $$ :y $$, :a::date", {"a": "1"}, ("select /* :x */ $$ :y $$, $1::date", ["1"])),
    ],
)
def test_parameters(sql, parameters, expected):
    assert positional(sql, parameters) == expected
    assert names_in([sql]) >= set(parameters)


def test_a_parameter_without_value():
    with pytest.raises(ApiError, match="missing a value for parameter b"):
        positional("select :a, :b", {"a": "1"})


@pytest.mark.parametrize(
    ("oid", "value", "field"),
    [
        (23, b"-5", {"longValue": -5}),
        (701, b"0.25", {"doubleValue": 0.25}),
        (701, b"Infinity", {"doubleValue": "Infinity"}),
        (16, b"t", {"booleanValue": True}),
        (1700, b"1.50", {"stringValue": "1.50"}),
        (1043, "ü".encode(), {"stringValue": "ü"}),
        (23, None, {"isNull": True}),
    ],
)
def test_fields(oid, value, field):
    answer = page(ResultSet([Column("a", oid, -1, 4)], [[value]], 4), 0)
    assert answer["Records"] == [[field]]
    assert answer["TotalNumRows"] == 1
    assert "NextToken" not in answer
