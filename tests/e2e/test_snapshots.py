"""Snapshots of a running stack, and homes of earlier versions, as a user meets them."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import boto3
import pyarrow as pa
import pytest

from dw_simulator.stack import connect
from dw_simulator.testing.stack import run_dw_sim

OLD = Path(__file__).parents[1] / "fixtures" / "state-0.1.0" / "home.tar.zst"


def run_all(connection, *statements):
    """Rows of the last statement."""
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
    connection.commit()
    return rows


def redshift(stack, *statements):
    with closing(connect.redshift_connection(stack.settings)) as connection:
        return run_all(connection, *statements)


def snowflake(stack, *statements):
    with closing(connect.snowflake_connection(stack.settings)) as connection:
        return run_all(connection, *statements)


def s3(stack):
    settings = stack.settings.s3
    return boto3.client(
        "s3", endpoint_url=settings.url, region_name="us-east-1", aws_access_key_id="mockuser",
        aws_secret_access_key="mockpass",
    )  # fmt: skip


def test_a_running_stack_is_saved_and_restored(own_stack, tmp_path):
    stack = own_stack()
    redshift(stack, "CREATE TABLE kept (a int)", "INSERT INTO kept VALUES (1), (2)")
    snowflake(
        stack, "CREATE DATABASE kept", "CREATE TABLE kept.public.t (a int)", "INSERT INTO kept.public.t VALUES (3)"
    )
    s3(stack).create_bucket(Bucket="kept")
    etag = s3(stack).put_object(Bucket="kept", Key="a/b", Body=b"x", Metadata={"k": "v"})["ETag"]
    before = {s["name"]: s["port"] for s in json.loads(stack.dw_sim("status", "--json").stdout)["services"]}

    saved = stack.dw_sim("snapshot", "save", "one", "--note", "for the test")
    assert "the running stack pauses while its state is saved" in saved.stderr
    listed = json.loads(stack.dw_sim("snapshot", "list", "--json").stdout)["snapshots"]
    assert [(entry["name"], entry["note"]) for entry in listed] == [("one", "for the test")]
    assert {"s3", "redshift", "snowflake", "version.json"} <= set(listed[0]["parts"])

    redshift(stack, "DROP TABLE kept", "CREATE TABLE later (a int)")
    snowflake(stack, "DROP DATABASE kept")
    s3(stack).delete_object(Bucket="kept", Key="a/b")
    refused = stack.dw_sim("snapshot", "restore", "one", check=False, stdin=subprocess.DEVNULL)
    assert refused.returncode == 2
    assert "and stop the running stack for a moment" in refused.stderr
    stack.dw_sim("snapshot", "restore", "one", "--yes")

    assert {s["name"]: s["port"] for s in json.loads(stack.dw_sim("status", "--json").stdout)["services"]} == before
    assert redshift(stack, "SELECT a FROM kept ORDER BY a") == [(1,), (2,)]
    assert redshift(stack, "SELECT count(*) FROM pg_tables WHERE tablename = 'later'") == [(0,)]
    assert snowflake(stack, "SELECT a FROM kept.public.t") == [(3,)]
    answer = s3(stack).get_object(Bucket="kept", Key="a/b")
    assert (answer["Body"].read(), answer["ETag"], answer["Metadata"]) == (b"x", etag, {"k": "v"})

    damaged = stack.home / "snapshots/one/state/snowflake/snowflake.duckdb"
    data = bytearray(damaged.read_bytes())
    data[5000] ^= 1
    damaged.write_bytes(data)
    refused = stack.dw_sim("snapshot", "restore", "one", "--yes", check=False)
    assert refused.returncode == 10
    assert "error: snapshot one is damaged: snowflake/snowflake.duckdb does not have its checksum" in refused.stderr
    assert snowflake(stack, "SELECT a FROM kept.public.t") == [(3,)]


def test_the_commands_of_snapshots(dw_sim, tmp_path):
    assert "there are no snapshots" in dw_sim("snapshot", "list").stderr
    home = tmp_path / "home"
    (home / "s3/files").mkdir(parents=True)
    (home / "s3/files/a").write_text("1|one")
    dw_sim("snapshot", "save", "one")
    assert "all checksums are right" in dw_sim("snapshot", "show", "one").stderr
    dw_sim("snapshot", "export", "one", str(tmp_path / "one.tar.zst"))
    assert dw_sim("snapshot", "delete", "one", check=False, stdin=subprocess.DEVNULL).returncode == 2
    dw_sim("snapshot", "delete", "one", "--yes")
    dw_sim("snapshot", "import", str(tmp_path / "one.tar.zst"))
    (home / "s3/files/a").write_text("changed")
    dw_sim("snapshot", "restore", "one", "--yes")
    assert (home / "s3/files/a").read_text() == "1|one"
    missing = dw_sim("snapshot", "restore", "two", "--yes", check=False)
    assert (missing.returncode, "snapshots are: one" in missing.stderr) == (8, True)
    taken = dw_sim("snapshot", "save", "one", check=False)
    assert (taken.returncode, "already" in taken.stderr) == (9, True)


@pytest.fixture
def old_home(tmp_path):
    home = tmp_path / "home"
    with pa.input_stream(str(OLD), compression="zstd") as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            archive.extract(member, home, filter="data")
            if member.isfile():  # S3 objects are known by their time in ns, which tarfile rounds
                modified = int(Decimal(member.pax_headers["mtime"]) * 10**9)
                os.utime(home / member.name, ns=(modified, modified))
    return home


def test_a_home_of_the_first_version_is_upgraded_and_all_in_it_is_there(own_stack, old_home):
    stack = own_stack("s3", "snowflake")
    assert json.loads((old_home / "version.json").read_bytes())["formats"]["s3"] == 1
    assert "upgrading snowflake from format 0" in stack.dw_sim("logs", "stack").stdout
    assert snowflake(
        stack,
        "USE SCHEMA shop.sales",
        "INSERT INTO orders (id, total) SELECT numbers.nextval, doubled(20)",
        "SELECT id, total, payload:a[1]::int FROM orders ORDER BY id",
    ) == [(1, 10.5, 2), (2, 20.25, None), (5, 40, None)]
    assert snowflake(stack, "SELECT total FROM shop.sales.totals") == [(70.75,)]
    assert [row[1] for row in snowflake(stack, "SHOW FILE FORMATS IN SCHEMA shop.sales")] == ["CSV_PIPE"]
    client = s3(stack)
    answer = client.get_object(Bucket="files", Key="a/b.csv")
    assert answer["Body"].read() == b"1|one\n2|two\n"
    assert (answer["ContentType"], answer["Metadata"]) == ("text/csv", {"made-by": "0.1.0"})
    assert client.get_object_tagging(Bucket="files", Key="a/b.csv")["TagSet"] == [{"Key": "k", "Value": "v"}]
    assert client.get_object(Bucket="files", Key="a/b.csv/below")["Body"].read() == b"x"
    shown = json.loads(stack.dw_sim("experiment", "show", "shop", "--json").stdout)
    assert "customers" in json.dumps(shown)


@pytest.mark.parametrize("command", [("up", "--detach", "--port-base=0", "--service=s3"), ("serve", "s3", "--port=0")])
def test_a_home_of_a_newer_version_is_refused(tmp_path, command):
    (tmp_path / "version.json").write_text('{"written_by": "7.0", "formats": {"s3": 7}}')
    refused = run_dw_sim(tmp_path, *command, check=False)
    assert refused.returncode == 10
    assert f"error: the state in {tmp_path} was written by a newer dw-simulator (7.0): format s3 7" in refused.stderr
    assert "hint: upgrade dw-simulator" in refused.stderr


def test_doctor_tells_what_is_wrong_and_what_helps(tmp_path):
    environment = {**os.environ, "DW_SIMULATOR_HOME": str(tmp_path / "home"), "DW_SIMULATOR_S3_PORT": "none",
                   "HTTP_PROXY": "http://proxy:3128", "PGSERVICE": "elsewhere"}  # fmt: skip
    environment.pop("NO_PROXY", None)
    environment.pop("no_proxy", None)
    done = run_dw_sim(tmp_path, "doctor", check=False, env=environment)
    assert done.returncode == 10
    assert "✗ settings" in done.stdout
    assert "→ export NO_PROXY=127.0.0.1,localhost" in done.stdout
    assert "! other variables  PGSERVICE is set: psql and psycopg may connect elsewhere" in done.stdout
    found = json.loads(run_dw_sim(tmp_path, "doctor", "--json", check=False, env=environment).stdout)["findings"]
    assert {finding["check"] for finding in found if finding["level"] == "problem"} >= {"settings", "proxy"}
