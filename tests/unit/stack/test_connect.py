"""The exact text that `dw-sim up` prints, and that it works as Python."""

import ast
import shlex
import tomllib
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
import yaml

from dw_simulator.config.settings import load_settings
from dw_simulator.stack.connect import as_text, snippets

ALL = ("s3", "snowflake", "redshift", "api")

EXPECTED = """\
# Redshift, psql
PGPASSWORD=mockpass psql -h 127.0.0.1 -p 5439 -U awsuser dev

# Redshift, Python
import redshift_connector
redshift_connector.connect(host='127.0.0.1', port=5439, database='dev', user='awsuser', password='mockpass', ssl=False)

# Snowflake, Python
import snowflake.connector
snowflake.connector.connect(account='local', user='mockuser', password='mockpass', host='127.0.0.1', port=4567, \
protocol='http')

# S3, Python
import boto3
boto3.client("s3", endpoint_url="http://127.0.0.1:4566", region_name='us-east-1', aws_access_key_id='mockuser', \
aws_secret_access_key='mockpass')

# REST API
http://127.0.0.1:8000/docs"""


def test_what_is_printed_when_a_stack_starts(settings):
    assert as_text(snippets(settings, ALL, brief=True)) == EXPECTED


def test_only_services_that_run_are_shown(settings):
    assert [snippet.service for snippet in snippets(settings, ("s3", "api"), brief=True)] == ["s3", "api"]


def test_each_service_has_its_clients(settings):
    found: dict[str, list[str]] = {}
    for snippet in snippets(settings, ALL):
        found.setdefault(snippet.service, []).append(snippet.client)
    assert found == {
        "redshift": [
            "psql", "python", "psycopg", "sqlalchemy", "dbt", "jdbc", "jdbc-postgresql", "odbc", "environment",
        ],
        "snowflake": ["python", "sqlalchemy", "dbt", "jdbc", "connections-toml"],
        "s3": ["python", "aws-cli", "environment", "s3fs", "duckdb"],
        "api": ["http"],
    }  # fmt: skip


@pytest.fixture(params=["plain", "tls", "odd"])
def any_settings(request, tmp_path):
    given = {"home": tmp_path / "it's a $home"}
    if request.param == "tls":
        given["tls"] = {"enabled": True}
    if request.param == "odd":
        given["redshift"] = {"user": "a b@c/'d", "database": "d;b"}
        given["snowflake"] = {"user": 'x"y\n: #', "account": "a&b=c"}
        given["s3"] = {"access_key": "k'/+="}
    return load_settings(given, use_running_stack=False)


def test_python_snippets_are_python(any_settings):
    found = [snippet.text for snippet in snippets(any_settings, ALL) if snippet.language == "python"]
    assert len(found) == 8
    for text in found:
        ast.parse(text)


def test_yaml_snippets_are_yaml(any_settings):
    texts = {one.service: one.text for one in snippets(any_settings, ALL) if one.language == "yaml"}
    outputs = {service: yaml.safe_load(text)["my_project"]["outputs"]["local"] for service, text in texts.items()}
    assert (outputs["redshift"]["user"], outputs["redshift"]["dbname"]) == (
        any_settings.redshift.user,
        any_settings.redshift.database,
    )
    assert (outputs["snowflake"]["user"], outputs["snowflake"]["account"]) == (
        any_settings.snowflake.user,
        any_settings.snowflake.account,
    )


def test_toml_snippets_are_toml(any_settings):
    (text,) = [one.text for one in snippets(any_settings, ALL) if one.client == "connections-toml"]
    assert tomllib.loads(text)["local"]["user"] == any_settings.snowflake.user


def test_shell_snippets_are_words(any_settings):
    texts = {(one.service, one.client): one.text for one in snippets(any_settings, ALL) if one.language == "bash"}
    assert shlex.split(texts["redshift", "psql"])[-2:] == [any_settings.redshift.user, any_settings.redshift.database]
    exported = dict(word.split("=", 1) for word in shlex.split(texts["redshift", "environment"]) if "=" in word)
    assert exported["PGUSER"] == any_settings.redshift.user
    exported = dict(word.split("=", 1) for word in shlex.split(texts["s3", "aws-cli"]) if "=" in word)
    assert exported["AWS_ACCESS_KEY_ID"] == any_settings.s3.access_key


def test_urls_hold_their_parts(any_settings):
    texts = {(one.service, one.client): one.text for one in snippets(any_settings, ALL)}
    for client in ("jdbc", "jdbc-postgresql"):
        url = urlsplit(texts["redshift", client].removeprefix("jdbc:"))
        assert parse_qs(url.query)["user"] == [any_settings.redshift.user]
        assert unquote(url.path) == f"/{any_settings.redshift.database}"
        assert (parse_qs(url.query).get("sslmode") == ["verify-full"]) == any_settings.tls.enabled
    url = urlsplit(texts["snowflake", "jdbc"].partition("\n")[0].removeprefix("jdbc:"))
    assert parse_qs(url.query)["account"] == [any_settings.snowflake.account]
    assert ("ssl" in parse_qs(url.query)) != any_settings.tls.enabled


def test_every_way_to_a_service_with_tls_names_its_ca(tmp_path):
    settings = load_settings({"home": tmp_path, "tls": {"enabled": True}}, use_running_stack=False)
    ca = str(settings.tls_dir / "ca.pem")
    for snippet in snippets(settings, ("redshift", "snowflake", "s3")):
        assert ca in snippet.text or quote(ca, safe="") in snippet.text, snippet.title


def test_own_passwords_are_not_shown(tmp_path):
    own = {"home": tmp_path, "redshift": {"password": "hunter2"}, "s3": {"secret_key": "hunter2"}}
    own["snowflake"] = {"password": "hunter2"}
    found = snippets(load_settings(own, use_running_stack=False), ALL)
    assert "hunter2" not in as_text(found)
    assert [snippet.client for snippet in found if "***" not in snippet.text] == ["http"]


def test_no_password_where_another_way_to_log_in_is_set(tmp_path):
    own = {"home": tmp_path, "redshift": {"auth": "iam", "cluster_identifier": "c"}}
    text = as_text(snippets(load_settings(own, use_running_stack=False), ("redshift",)))
    assert "mockpass" not in text
