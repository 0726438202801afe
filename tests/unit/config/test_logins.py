"""Settings that do not go together are refused before anything is sent, and the error names them."""

from __future__ import annotations

import pytest

from dw_simulator.config import Settings
from dw_simulator.config.logins import check_redshift, check_s3, check_snowflake, is_aws
from dw_simulator.errors import ConfigError

AWS_KEYS = {"access_key": "AKIA1", "secret_key": "s"}


@pytest.mark.parametrize(
    ("redshift", "s3", "message"),
    [
        ({"auth": "iam"}, {}, "redshift.auth is `iam`, and neither redshift.cluster_identifier nor"),
        ({"auth": "data-api"}, {}, "redshift.auth is `data-api`, and neither"),
        ({"auth": "iam", "cluster_identifier": "c", "serverless_work_group": "w"}, {}, "are both set"),
        ({"auth": "iam", "serverless_work_group": "w", "db_user": "u"}, {}, "redshift.db_user does not go with"),
        ({"auth": "iam", "cluster_identifier": "c", "secret_arn": "a"}, {}, "redshift.secret_arn does not go with"),
        (
            {"auth": "data-api", "cluster_identifier": "c", "secret_arn": "a", "db_user": "u"},
            {},
            "redshift.secret_arn does not go with redshift.db_user",
        ),
        ({"auth": "iam", "cluster_identifier": "c", "ssl_mode": "disable"}, {}, "redshift.ssl_mode `disable`"),
        ({"host": "auto"}, {}, "redshift.host is `auto`"),
        ({"auth": "iam", "cluster_identifier": "c"}, {}, "s3.access_key is the mock key"),
    ],
)
def test_redshift_refused(redshift, s3, message):
    with pytest.raises(ConfigError) as caught:
        check_redshift(Settings(redshift=redshift, s3=s3))
    assert message in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("redshift", "s3"),
    [
        ({}, {}),
        ({"auth": "iam", "cluster_identifier": "c", "db_user": "u", "host": "auto"}, AWS_KEYS),
        ({"auth": "iam", "serverless_work_group": "w"}, {"credentials": "chain"}),
        ({"auth": "iam", "cluster_identifier": "c", "profile": "work"}, {}),
        ({"auth": "data-api", "cluster_identifier": "c", "secret_arn": "a"}, AWS_KEYS),
        ({"auth": "data-api", "cluster_identifier": "c", "endpoint_url": "http://127.0.0.1:5440"}, {}),
    ],
)
def test_redshift_taken(redshift, s3):
    check_redshift(Settings(redshift=redshift, s3=s3))


@pytest.mark.parametrize(
    ("snowflake", "message"),
    [
        ({"host": "auto"}, "snowflake.host is `auto`, and snowflake.account is not set"),
        ({"auth": "key-pair"}, "neither snowflake.private_key nor snowflake.private_key_file is set"),
        ({"auth": "key-pair", "private_key": "k", "private_key_file": "f"}, "are both set"),
        ({"auth": "oauth"}, "snowflake.auth is `oauth`, and snowflake.token is not set"),
        ({"auth": "pat"}, "snowflake.auth is `pat`, and snowflake.token is not set"),
    ],
)
def test_snowflake_refused(snowflake, message):
    with pytest.raises(ConfigError) as caught:
        check_snowflake(Settings(snowflake=snowflake))
    assert message in caught.value.message
    assert caught.value.hint


def test_snowflake_address():
    local = Settings(snowflake={"port": 4567}).snowflake
    assert local.endpoint == ("http", "127.0.0.1", 4567)
    real = Settings(snowflake={"host": "auto", "account": "MyOrg-My_Account", "port": 9}).snowflake
    assert real.endpoint == ("https", "myorg-my-account.snowflakecomputing.com", 443)
    assert real.address == "myorg-my-account.snowflakecomputing.com:443"
    own = Settings(snowflake={"host": "acc.privatelink.snowflakecomputing.com", "port": 443, "protocol": "https"})
    assert own.snowflake.endpoint == ("https", "acc.privatelink.snowflakecomputing.com", 443)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", False),
        ("http://127.0.0.1:4566", False),
        ("https://s3.eu-west-1.amazonaws.com", True),
        ("https://s3.cn-north-1.amazonaws.com.cn", True),
        ("https://amazonaws.com.evil.example", False),
    ],
)
def test_is_aws(url, expected):
    assert is_aws(url) is expected


def test_s3():
    check_s3(Settings().s3)
    check_s3(Settings(s3={"endpoint_url": "aws", "credentials": "chain"}).s3)
    with pytest.raises(ConfigError, match="mock key"):
        check_s3(Settings(s3={"endpoint_url": "https://s3.us-east-1.amazonaws.com"}).s3)
