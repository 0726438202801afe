"""The whole main job against a stack that takes encrypted connections only, and what is told when trust is missing."""

from __future__ import annotations

import json
import os
import shutil
import ssl
from contextlib import closing
from pathlib import Path

import httpx2
import psycopg
import pytest

from dw_simulator.stack import connect
from dw_simulator.testing.stack import environment_of, start_stack

pytestmark = pytest.mark.stack

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
NAME = "job_tls"
ROWS = {"customers": 600, "products": 80, "stores": 12, "orders": 1500, "order_items": 4000}
TARGETS = ("--target-warehouse", "redshift", "--target-warehouse", "snowflake")


@pytest.mark.filterwarnings("ignore::DeprecationWarning:redshift_connector")
def test_the_main_job(secure, clean_trust):
    stack = secure.stack
    source = EXAMPLES / "shop/snowflake.sql"
    stack.dw_sim("experiment", "import-sql", str(source), "--dialect", "snowflake", "--name", NAME, *TARGETS)
    rows = [f"--rows={table}={count}" for table, count in ROWS.items()]
    run = json.loads(stack.dw_sim("experiment", "generate", NAME, *rows, "--json").stdout)
    assert run["rows"] == ROWS
    loaded = json.loads(stack.dw_sim("experiment", "load", NAME, "--json").stdout)
    assert {load["warehouse"]: load["total_rows"] for load in loaded["loads"]} == dict.fromkeys(
        ("redshift", "snowflake"), sum(ROWS.values())
    )
    counted = {}
    with closing(connect.redshift_connection(stack.settings)) as connection, connection.cursor() as cursor:
        cursor.execute(f"select count(*), count(distinct order_id) from {NAME}.order_items")
        counted["redshift"] = tuple(cursor.fetchone())
    with connect.snowflake_connection(stack.settings, database=NAME.upper(), schema="PUBLIC") as connection:
        counted["snowflake"] = (
            connection.cursor().execute("select count(*), count(distinct order_id) from order_items").fetchone()
        )
    assert counted["redshift"] == counted["snowflake"]
    assert counted["redshift"][0] == ROWS["order_items"]

    context = ssl.create_default_context(cafile=secure.ca)
    with httpx2.Client(base_url=stack.settings.api.local_url, verify=context, timeout=60) as api:
        assert {service["state"] for service in api.get("/api/services").json()["services"]} == {"running"}
        loads = api.post(f"/api/experiments/{NAME}/load?wait=true").json()["loads"]
        assert {load["warehouse"]: load["error"] for load in loads} == {"redshift": None, "snowflake": None}
        assert api.delete(f"/api/experiments/{NAME}").json() == {"dropped_tables": 10}


def test_unload_and_copy_over_tls(secure):
    """The Redshift emulator writes to and reads from S3 over TLS."""
    target = secure.stack.settings.redshift
    login = {"host": target.host, "port": target.port, "user": "awsuser", "password": "mockpass", "dbname": "dev"}
    with psycopg.connect(**login, sslmode="verify-full", sslrootcert=secure.ca, autocommit=True) as connection:
        secure.stack.dw_sim("experiment", "create", str(EXAMPLES / "shop/schema.json"), "--name", "job_bucket")
        secure.stack.dw_sim("experiment", "generate", "job_bucket", "--rows=customers=50")
        connection.execute("create temp table t (n int)")
        connection.execute("insert into t select generate_series(1, 1000)")
        key = "s3://dw-simulator/unloaded/t_"
        connection.execute(f"unload ('select n from t') to '{key}' iam_role default format parquet allowoverwrite")
        connection.execute("create temp table back (n int)")
        connection.execute(f"copy back from '{key}' iam_role default format parquet")
        assert connection.execute("select count(*), sum(n) from back").fetchone() == (1000, 500500)


def test_the_settings_of_a_running_stack_say_that_it_has_tls(secure):
    """Nobody has to repeat the variables in another terminal."""
    assert secure.stack.settings.tls.enabled
    assert secure.stack.settings.redshift.ca_file == Path(secure.ca)
    document = json.loads(secure.stack.dw_sim("certs", "show", "--json").stdout)
    assert document["ca"]["path"] == secure.ca
    assert secure.stack.dw_sim("certs", "path").stdout.strip() == secure.ca


CHANGES = [
    ({"DW_SIMULATOR_TLS_FOLDER": "{other}"}, "its certificate is not trusted", "checked with {other}/ca.pem"),
    ({"DW_SIMULATOR_TLS_FOLDER": "/nowhere"}, "there is no CA /nowhere/ca.pem", "dw-sim certs create"),
]


@pytest.mark.parametrize(("variables", "problem", "named"), CHANGES)
def test_commands_tell_what_is_wrong_with_trust(secure, variables, problem, named):
    other = str(Path(secure.other_ca).parent)
    environment = environment_of(secure.stack.home)
    environment |= {name: value.format(other=other) for name, value in variables.items()}
    done = secure.stack.dw_sim("config", "check", "--json", check=False, env=environment)
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    for service in ("s3", "redshift", "snowflake"):
        check = checks[f"connection to {service}"]
        assert check["state"] == "error"
        assert problem in check["text"]
        assert named.format(other=other) in check["text"]


def test_an_unencrypted_login_is_refused_with_the_reason(secure):
    environment = {**environment_of(secure.stack.home), "DW_SIMULATOR_REDSHIFT_SSL_MODE": "disable"}
    done = secure.stack.dw_sim("query", "select 1", "--warehouse", "redshift", check=False, env=environment)
    assert done.returncode == 6
    assert "SSL off" in done.stderr
    assert "sslmode=verify-full" in done.stderr


def test_a_stack_does_not_start_with_a_key_of_another(secure, tmp_path, dw_sim):
    home = tmp_path / "home"
    shutil.copytree(Path(secure.ca).parent, home / "tls")
    shutil.copy(Path(secure.other_ca).with_name("server-key.pem"), home / "tls" / "server-key.pem")
    environment = {**environment_of(home), "DW_SIMULATOR_TLS_ENABLED": "true"}
    for command in (("up", "--detach", "--port-base=0"), ("serve", "s3", "--port=0")):
        done = dw_sim(*command, check=False, env=environment)
        assert done.returncode == 10
        assert "server-key.pem does not belong to the certificate" in done.stderr
        assert "hint: put the right one there" in done.stderr


def test_a_running_stack_takes_a_new_ca_at_a_restart(tmp_path):
    stack = start_stack(tmp_path / "home", services=("s3",), variables={"DW_SIMULATOR_TLS_ENABLED": "true"})
    try:
        old = stack.settings.s3.ca_file.read_bytes()
        stack.dw_sim("certs", "create", "--force")
        stack.dw_sim("restart")
        assert stack.settings.s3.ca_file.read_bytes() != old
        assert "s3 is well" in stack.dw_sim("health", "s3").stdout
        (service,) = json.loads(stack.dw_sim("status", "--json").stdout)["services"]
        assert (service["state"], service["restarts"]) == ("running", 0)
    finally:
        stack.stop()


def test_certificates_are_made_once(dw_sim, tmp_path):
    folder = tmp_path / "home" / "tls"
    environment = {**environment_of(tmp_path / "home"), "DW_SIMULATOR_LOCAL_HOSTS": "redshift"}
    made = dw_sim("certs", "create", "--name", "s3", "--if-needed", env=environment)
    assert f"in {folder}, for localhost, *.s3.localhost, 127.0.0.1, ::1, redshift, s3, until" in made.stderr
    assert len(list((folder / "trusted").glob("*.0"))) == 1
    again = dw_sim("certs", "create", check=False)
    assert again.returncode == 10
    assert "--renew" in again.stderr
    ca = (folder / "ca.pem").read_bytes()
    server = (folder / "server.pem").read_bytes()
    dw_sim("certs", "create", "--if-needed", env=environment)
    assert (folder / "server.pem").read_bytes() == server
    dw_sim("certs", "create", "--renew")
    assert (folder / "server.pem").read_bytes() != server
    assert (folder / "ca.pem").read_bytes() == ca
    dw_sim("certs", "create", "--force")
    assert (folder / "ca.pem").read_bytes() != ca
    shown = dw_sim("certs", "show").stdout
    assert f"PGSSLROOTCERT={folder}/ca.pem" in shown
    assert oct((folder / "ca-key.pem").stat().st_mode & 0o777) == "0o600"
    assert os.access(folder / "ca.pem", os.R_OK)
