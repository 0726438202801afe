import pytest

from dw_simulator.config import load_settings
from dw_simulator.config.targets import remote_targets

ALL = ("s3", "redshift", "snowflake")
CASES = [
    ({}, {}),
    ({"redshift": {"host": "127.9.9.9"}, "snowflake": {"host": "localhost"}}, {}),
    ({"redshift": {"host": "local-redshift-mock"}, "local_hosts": ["local-redshift-mock"]}, {}),
    ({"redshift": {"host": "prod.example.com"}}, {"redshift": "prod.example.com:5439"}),
    ({"redshift": {"host": "env:HOST"}}, {"redshift": "env:HOST:5439"}),
    ({"redshift": {"auth": "iam", "cluster_identifier": "c1"}}, {"redshift": "c1 on AWS"}),
    ({"redshift": {"auth": "data-api", "serverless_work_group": "w", "endpoint_url": "http://127.0.0.1:1"}}, {}),
    ({"snowflake": {"host": "a.snowflakecomputing.com", "port": 443}}, {"snowflake": "a.snowflakecomputing.com:443"}),
    ({"s3": {"endpoint_url": "http://localhost:9000"}}, {}),
    ({"s3": {"endpoint_url": "https://s3.amazonaws.com"}}, {"s3": "https://s3.amazonaws.com"}),
]


@pytest.mark.parametrize(("given", "expected"), CASES)
def test_targets_elsewhere(given, expected):
    assert remote_targets(load_settings(given, use_running_stack=False), ALL) == expected
