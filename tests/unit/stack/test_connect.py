"""The exact text that `dw-sim up` prints, and that it works as Python."""

import ast

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


def test_the_snippets_of_a_whole_stack(settings):
    assert as_text(snippets(settings, ALL)) == EXPECTED


def test_only_services_that_run_are_shown(settings):
    assert [snippet.service for snippet in snippets(settings, ("s3", "api"))] == ["s3", "api"]


def test_python_snippets_are_python(settings):
    for snippet in snippets(settings, ALL):
        if snippet.title.endswith("Python"):
            ast.parse(snippet.text)


def test_own_passwords_are_not_shown(tmp_path):
    own = {"home": tmp_path, "redshift": {"password": "hunter2"}, "s3": {"secret_key": "hunter2"}}
    own["snowflake"] = {"password": "hunter2"}
    text = as_text(snippets(load_settings(own, use_running_stack=False), ALL))
    assert "hunter2" not in text
    assert text.count("***") == 4
