"""``login: strict``: temporary credentials and the Data API through boto3, the drivers and the adapters."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from botocore.exceptions import ClientError
from tests.clients.redshift.strict_logins import CLUSTER, EXPERIMENT, ROWS, Strict, staged
from tests.ports import ports

from dw_simulator.errors import ConfigError, ServiceUnavailable, WarehouseError, WarehouseSqlError
from dw_simulator.experiments.service import ExperimentService
from dw_simulator.schema import Experiment, Warehouse
from dw_simulator.warehouses import connect
from dw_simulator.warehouses.base import IncomingFile

NO_ID = "00000000-0000-0000-0000-000000000000"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:redshift"


@pytest.fixture(scope="module")
def strict(launch: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Strict]:
    port = ports()
    names = {"cluster_identifier": CLUSTER, "serverless_work_group": "local-wg", "secret_arn": SECRET}
    running = launch(tmp_path_factory.mktemp("redshift-strict"), login="strict", metrics_port=port, **names)
    yield Strict(running, port)
    running.stop()


# --- temporary credentials ----------------------------------------------------------------------------------------
def test_credentials_of_a_user(strict: Strict) -> None:
    given = strict.client("redshift").get_cluster_credentials(
        DbUser="awsuser", DbName="dev", ClusterIdentifier=CLUSTER, DurationSeconds=900
    )
    assert given["DbUser"] == "IAM:awsuser"
    assert 890 < given["Expiration"].timestamp() - time.time() <= 900
    assert strict.login(given["DbUser"], given["DbPassword"]) == "awsuser"
    assert strict.login("awsuser", "mockpass") == "awsuser"
    for user, password in [
        ("IAM:awsuser", "mockpass"),
        ("IAM:awsuser", given["DbPassword"] + "x"),
        ("IAM:other", given["DbPassword"]),
        ("awsuser", given["DbPassword"]),
    ]:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            strict.login(user, password)


def test_users_that_are_made(strict: Strict) -> None:
    redshift = strict.client("redshift")
    options = {"DbUser": "newcomer", "DbName": "dev", "ClusterIdentifier": CLUSTER}
    without = redshift.get_cluster_credentials(**options)
    with pytest.raises(psycopg.OperationalError, match='"newcomer" does not exist'):
        strict.login(without["DbUser"], without["DbPassword"])
    made = redshift.get_cluster_credentials(**options, AutoCreate=True)
    assert made["DbUser"] == "IAMA:newcomer"
    assert strict.login(made["DbUser"], made["DbPassword"]) == "newcomer"
    assert strict.login(without["DbUser"], without["DbPassword"]) == "newcomer"


def test_credentials_of_the_identity(strict: Strict) -> None:
    given = strict.client("redshift").get_cluster_credentials_with_iam(DbName="dev", ClusterIdentifier=CLUSTER)
    assert strict.login(given["DbUser"], given["DbPassword"]) == "IAM:mockuser"
    serverless = strict.client("redshift-serverless").get_credentials(dbName="dev", workgroupName="local-wg")
    assert strict.login(serverless["dbUser"], serverless["dbPassword"]) == "IAM:mockuser"


def test_where_it_is(strict: Strict) -> None:
    cluster = strict.client("redshift").describe_clusters(ClusterIdentifier=CLUSTER)["Clusters"][0]
    assert cluster["Endpoint"] == {"Address": "127.0.0.1", "Port": strict.server.port}
    group = strict.client("redshift-serverless").get_workgroup(workgroupName="local-wg")["workgroup"]
    assert group["endpoint"] == {"address": "127.0.0.1", "port": strict.server.port}


WHO = {"ClusterIdentifier": CLUSTER, "Database": "dev", "DbUser": "awsuser"}
REFUSED: list[tuple[str, dict[str, str], str, dict[str, Any], str]] = [
    ("redshift", {"key": "AKIA"}, "describe_clusters", {}, "InvalidClientTokenId"),
    ("redshift", {"secret": "wrong"}, "describe_clusters", {}, "SignatureDoesNotMatch"),
    ("redshift", {}, "describe_clusters", {"ClusterIdentifier": "other"}, "ClusterNotFound"),
    ("redshift", {}, "describe_cluster_versions", {}, "InvalidAction"),
    ("redshift", {}, "get_cluster_credentials", {"DbUser": "a", "ClusterIdentifier": "other"}, "ClusterNotFound"),
    (
        "redshift",
        {},
        "get_cluster_credentials",
        {"DbUser": "a", "ClusterIdentifier": CLUSTER, "DurationSeconds": 10},
        "ValidationException",
    ),
    ("redshift-serverless", {}, "get_credentials", {"workgroupName": "other"}, "ResourceNotFoundException"),
    ("redshift-data", {"secret": "wrong"}, "execute_statement", {"Sql": "select 1", **WHO}, "SignatureDoesNotMatch"),
    ("redshift-data", {}, "execute_statement", {"Sql": "select 1; select 2", **WHO}, "ValidationException"),
    ("redshift-data", {}, "execute_statement", {"Sql": "select 1"}, "ValidationException"),
    ("redshift-data", {}, "execute_statement", {"Sql": "select :a", **WHO, "Parameters": [{"name": "b", "value": "1"}]},
     "ValidationException"),
    ("redshift-data", {}, "execute_statement", {"Sql": "select 1", **WHO, "ClusterIdentifier": "other"},
     "ValidationException"),
    ("redshift-data", {}, "execute_statement", {"Sql": "select 1", "SessionId": NO_ID},
     "ResourceNotFoundException"),
    ("redshift-data", {}, "describe_statement", {"Id": NO_ID},
     "ResourceNotFoundException"),
    ("redshift-data", {}, "list_sessions", {"SessionId": NO_ID, "Status": "BUSY"}, "ValidationException"),
    ("redshift-data", {}, "execute_statement", {"Sql": "select 1", **WHO, "ResultFormat": "X"}, "ValidationException"),
    ("redshift-data", {}, "get_statement_result_v2", {"Id": NO_ID}, "ResourceNotFoundException"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "keys", "operation", "arguments", "code"), REFUSED)
def test_refused(
    strict: Strict, service: str, keys: dict[str, str], operation: str, arguments: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(strict.client(service, **keys), operation)(**arguments)
    assert caught.value.response["Error"]["Code"] == code


# --- the Data API -------------------------------------------------------------------------------------------------
def finished(data: Any, statement: str) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = data.describe_statement(Id=statement)
        if found["Status"] in ("FINISHED", "FAILED", "ABORTED"):
            return found
        time.sleep(0.02)
    raise AssertionError(f"statement {statement} does not end")


def run(data: Any, *sqls: str, **options: Any) -> dict[str, Any]:
    who = {} if "SessionId" in options else WHO
    if len(sqls) == 1:
        begun = data.execute_statement(Sql=sqls[0], **who, **options)
    else:
        begun = data.batch_execute_statement(Sqls=list(sqls), **who, **options)
    return finished(data, begun["Id"])


def rows(data: Any, statement: str) -> list[list[Any]]:
    found: list[list[Any]] = []
    token: dict[str, str] = {}
    while True:
        page = data.get_statement_result(Id=statement, **token)
        found += [
            [None if "isNull" in field else next(iter(field.values())) for field in row] for row in page["Records"]
        ]
        if not page.get("NextToken"):
            return found
        token = {"NextToken": page["NextToken"]}


def test_values_and_types(strict: Strict) -> None:
    data = strict.client("redshift-data")
    done = run(
        data,
        "select 1::smallint, 2::int, 3::bigint, 1.50::numeric(10,2), 0.5::float8, 'NaN'::float8, true, 'x'::varchar(7),"
        " null::int, date '2024-01-02', timestamp '2024-01-02 03:04:05.678', json_parse('{\"a\":1}'),"
        " to_varbyte('ff00', 'hex')",
    )
    assert (done["Status"], done["HasResultSet"], done["ResultRows"]) == ("FINISHED", True, 1)
    assert rows(data, done["Id"])[0] == [
        *(1, 2, 3, "1.50", 0.5, "NaN", True, "x", None, "2024-01-02", "2024-01-02 03:04:05.678", '{"a":1}', "ff00")
    ]
    columns = data.get_statement_result(Id=done["Id"])["ColumnMetadata"]
    assert [column["typeName"] for column in columns] == [
        *("int2", "int4", "int8", "numeric", "float8", "float8", "bool", "varchar", "int4", "date", "timestamp"),
        *("super", "varbyte"),
    ]
    assert [(columns[3]["precision"], columns[3]["scale"]), columns[7]["precision"]] == [(10, 2), 7]


def test_pages(strict: Strict) -> None:
    data = strict.client("redshift-data")
    done = run(data, "select n from generate_series(1, 2500) as t(n) order by n")
    assert data.get_statement_result(Id=done["Id"])["TotalNumRows"] == 2500
    assert [row[0] for row in rows(data, done["Id"])] == list(range(1, 2501))


def test_parameters(strict: Strict) -> None:
    data = strict.client("redshift-data")
    given = [{"name": "n", "value": "41"}, {"name": "text", "value": "it's"}]
    done = run(data, "select :n::int + 1, :text::varchar, ':n'", Parameters=given)
    assert rows(data, done["Id"]) == [[42, "it's", ":n"]]


def test_batches_are_transactions(strict: Strict) -> None:
    data = strict.client("redshift-data")
    assert run(data, "create table batch(a int)")["Status"] == "FINISHED"
    failed = run(data, "insert into batch values (1)", "select 1/0", "insert into batch values (2)")
    assert failed["Status"] == "FAILED"
    assert failed["Error"].startswith("ERROR: ")
    assert [part["Status"] for part in failed["SubStatements"]] == ["ABORTED", "FAILED", "ABORTED"]
    done = run(data, "insert into batch values (3)", "select a from batch", "delete from batch")
    assert rows(data, done["SubStatements"][1]["Id"]) == [[3]]
    assert done["SubStatements"][0]["ResultRows"] == 1
    separate = run(data, "insert into batch values (4)", "select 1/0", "select 5", ExecutionMode="AUTO_COMMIT")
    assert [part["Status"] for part in separate["SubStatements"]] == ["FINISHED", "FAILED", "FINISHED"]
    assert rows(data, run(data, "select a from batch")["Id"]) == [[4]]


def test_sessions(strict: Strict) -> None:
    data = strict.client("redshift-data")
    first = run(data, "create temp table mine as select 7 as a", SessionKeepAliveSeconds=60)
    session = first["SessionId"]
    second = run(data, "select a from mine", SessionId=session)
    assert rows(data, second["Id"]) == [[7]]
    assert run(data, "select a from mine")["Status"] == "FAILED"
    assert run(data, "select 1", SessionId=session, SessionKeepAliveSeconds=0)["Status"] == "FINISHED"
    with pytest.raises(ClientError, match="does not exist"):
        run(data, "select 1", SessionId=session)


def test_sessions_listed(strict: Strict) -> None:
    data = strict.client("redshift-data")

    def listed(**options: Any) -> list[tuple[str, str, int]]:
        return [
            (s["SessionId"], s["Status"], s["SessionAliveSeconds"]) for s in data.list_sessions(**options)["Sessions"]
        ]

    session = run(data, "select 1", SessionKeepAliveSeconds=60)["SessionId"]
    assert (session, "AVAILABLE", 60) in listed(Database="dev")
    assert listed(Database="other") == []
    begun = data.execute_statement(Sql="select count(*) from generate_series(1, 2000000000)", SessionId=session)
    (busy,) = data.list_sessions(SessionId=session)["Sessions"]
    assert (busy["Status"], busy["CurrentStatementId"]) == ("BUSY", begun["Id"])
    data.cancel_statement(Id=begun["Id"])
    run(data, "select 1", SessionId=session, SessionKeepAliveSeconds=0)
    assert session not in [found for found, *_ in listed()]
    assert listed(SessionId=session) == [(session, "CLOSED", 0)]


def test_results_as_csv(strict: Strict) -> None:
    data = strict.client("redshift-data")
    done = run(data, "select 1 as a, 'x,\"y\"'::varchar, null::int, true, 1.50::numeric(8,2)", ResultFormat="CSV")
    assert done["ResultFormat"] == "CSV"
    found = data.get_statement_result_v2(Id=done["Id"])
    assert found["Records"] == [{"CSVRecords": '1,"x,""y""",,true,1.50\r\n'}]
    assert (found["ResultFormat"], found["TotalNumRows"], found["ColumnMetadata"][0]["name"]) == ("CSV", 1, "a")
    with pytest.raises(ClientError, match="use GetStatementResultV2"):
        data.get_statement_result(Id=done["Id"])
    many = run(data, "select n from generate_series(1, 2500) as t(n) order by n", ResultFormat="CSV")
    pages = data.get_paginator("get_statement_result_v2").paginate(Id=many["Id"])
    lines = "".join(record["CSVRecords"] for page in pages for record in page["Records"]).split()
    assert lines == [str(number) for number in range(1, 2501)]


def test_cancelling(strict: Strict) -> None:
    data = strict.client("redshift-data")
    begun = data.execute_statement(Sql="select count(*) from generate_series(1, 2000000000)", **WHO)
    time.sleep(0.2)
    assert data.cancel_statement(Id=begun["Id"])["Status"] is True
    assert finished(data, begun["Id"])["Status"] == "ABORTED"
    with pytest.raises(ClientError, match="already in ABORTED state"):
        data.cancel_statement(Id=begun["Id"])


def test_asking(strict: Strict) -> None:
    data = strict.client("redshift-data")
    token = f"token-{time.monotonic_ns()}"
    with pytest.raises(ClientError, match="WithEvent is not supported"):
        data.execute_statement(Sql="select 1", WithEvent=True, **WHO)
    begun = [data.execute_statement(Sql="select 1", StatementName="named", ClientToken=token, **WHO) for _ in range(2)]
    assert begun[0]["Id"] == begun[1]["Id"]
    finished(data, begun[0]["Id"])
    waited = data.execute_statement(Sql="select 1", StatementName="named too", WaitTimeSeconds=20, **WHO)
    assert waited["Status"] == "FINISHED"
    listed = data.list_statements(StatementName="named", Status="FINISHED", MaxResults=1)
    assert [item["StatementName"] for item in listed["Statements"]] == ["named too"]
    more = data.list_statements(StatementName="named", Status="FINISHED", NextToken=listed["NextToken"])
    assert [item["StatementName"] for item in more["Statements"]] == ["named"]
    by_secret = {"ClusterIdentifier": CLUSTER, "Database": "dev", "SecretArn": SECRET}
    done = finished(data, data.execute_statement(Sql="select current_user", **by_secret)["Id"])
    assert rows(data, done["Id"]) == [["awsuser"]]
    by_identity = {"WorkgroupName": "local-wg", "Database": "dev"}
    done = finished(data, data.execute_statement(Sql="select current_user", **by_identity)["Id"])
    assert rows(data, done["Id"]) == [["IAM:mockuser"]]


def test_catalog(strict: Strict) -> None:
    data = strict.client("redshift-data")
    run(data, "create schema seen", "create table seen.things(id int not null, name varchar(9) default 'x')")
    assert "dev" in data.list_databases(**WHO)["Databases"]
    assert data.list_schemas(**WHO, SchemaPattern="see%")["Schemas"] == ["seen"]
    tables = data.list_tables(**WHO, SchemaPattern="seen", TablePattern="th%")["Tables"]
    assert tables == [{"name": "things", "schema": "seen", "type": "TABLE"}]
    described = data.describe_table(**WHO, Schema="seen", Table="things")
    assert [(c["name"], c["typeName"], c["nullable"]) for c in described["ColumnList"]] == [
        ("id", "integer", 0),
        ("name", "character varying", 1),
    ]


# --- the adapter --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [None, "default", "arn:aws:iam::123456789012:role/load"])
def test_adapter_does_the_whole_job(strict: Strict, role: str | None) -> None:
    adapter = connect(Warehouse.REDSHIFT, strict.settings(copy_iam_role=role))
    try:
        adapter.ping()
        seen: list[tuple[str, int]] = []
        for _ in range(2):
            counts = adapter.load(EXPERIMENT, staged(strict), lambda done: seen.append((done.table, done.rows)))
            assert counts == {"parents": ROWS, "none": 0}
        assert seen == [("parents", ROWS), ("none", 0)] * 2
        assert adapter.row_counts(EXPERIMENT) == {"parents": ROWS, "none": 0}
        with adapter.query("select * from parents order by id", "Over_Http") as result:
            batches = list(result.batches)
        assert [column.type for column in result.columns] == [
            *("integer", "numeric(12,2)", "timestamp with time zone", "date", "super", "time without time zone"),
            *("varbyte", "double precision", "boolean"),
        ]
        table = pa.Table.from_batches(batches, result.schema)
        assert table.num_rows == ROWS
        assert str(table["amount"][3].as_py()) == "300.00"
        assert table["seen"][1].as_py().microsecond == 1
        assert table["info"][2].as_py() == '{"n":2}'
        assert table["wakes"][3].as_py().microsecond == 3
        assert [table[name][0].as_py() for name in ("code", "score", "active")] == [b"\x00\xff", 0.5, None]
        with pytest.raises(WarehouseSqlError, match=r"Redshift: relation .*nothing.* does not exist"):
            adapter.query("select * from nothing", "Over_Http")
        with adapter.query("create table made(a int)", "Over_Http") as result:
            assert (result.columns, list(result.batches)) == ((), [])
        adapter.reset(EXPERIMENT)
        assert adapter.row_counts(EXPERIMENT) == {"parents": 0, "none": 0}
        assert adapter.drop("Over_Http") == 3
        assert adapter.row_counts(EXPERIMENT) == {}
    finally:
        adapter.close()


def test_files_are_appended_once(strict: Strict) -> None:
    table = EXPERIMENT.tables[0]
    adapter = connect(Warehouse.REDSHIFT, strict.settings())
    try:
        (file,) = staged(strict)["parents"]
        names = tuple(column.name for column in table.columns)
        incoming = IncomingFile(file.uri, file.rows, file.size, "etag", table.columns, names)
        checks: list[int] = []
        assert adapter.append(EXPERIMENT, table, [incoming], lambda: checks.append(1)) == {file.uri: ROWS}
        assert adapter.append(EXPERIMENT, table, [incoming], lambda: checks.append(1)) == {}
        assert [found.uri for found in adapter.recorded(EXPERIMENT)] == [file.uri]
        assert adapter.row_counts(EXPERIMENT) == {"parents": ROWS, "none": 0}
        assert checks == [1]
    finally:
        adapter.drop(EXPERIMENT.name)
        adapter.close()


def test_an_experiment_from_schema_to_deletion(strict: Strict, tmp_path: Path) -> None:
    settings = strict.settings()
    settings.home = tmp_path
    service = ExperimentService(settings)
    tables = [
        {
            "name": "people",
            "primary_key": "id",
            "target_rows": 500,
            "columns": [{"name": "id", "data_type": "INT", "required": True}],
        },
        {
            "name": "visits",
            "target_rows": 2000,
            "columns": [{"name": "person", "data_type": "INT", "foreign_key": "people.id", "required": True}],
        },
    ]
    try:
        document = {"name": "whole_job", "target_warehouse": ["redshift"], "tables": tables}
        service.create(Experiment.model_validate(document))
        service.generate("whole_job", seed=1)
        assert service.load("whole_job").loads[0].rows == {"people": 500, "visits": 2000}
        joined = "select count(*) from visits v join people p on p.id = v.person"
        with service.query(joined, Warehouse.REDSHIFT, "whole_job") as result:
            assert [row for batch in result.batches for row in batch.to_pylist()] == [{"count": 2000}]
        assert service.reset("whole_job") == {Warehouse.REDSHIFT: 2}
        assert service.row_counts("whole_job", Warehouse.REDSHIFT) == {"people": 0, "visits": 0}
        assert service.delete("whole_job") >= 0
    finally:
        service.close()
    with closing(strict.server.connect()) as connection:
        found = connection.execute("select count(*) from pg_namespace where nspname = 'whole_job'").fetchone()
        assert found == (0,)


def test_wrong_counts_undo_the_load(strict: Strict) -> None:
    adapter = connect(Warehouse.REDSHIFT, strict.settings())
    try:
        message = r"^table parents: 1500 rows are staged but Redshift holds 7 after COPY$"
        with pytest.raises(WarehouseError, match=message):
            adapter.load(EXPERIMENT, staged(strict, 7))
        assert adapter.row_counts(EXPERIMENT) == {}
    finally:
        adapter.close()


def test_too_many_tables(strict: Strict) -> None:
    tables = [{"name": f"t{number}", "columns": [{"name": "a", "data_type": "INT"}]} for number in range(50)]
    many = Experiment.model_validate({"name": "many", "tables": tables})
    adapter = connect(Warehouse.REDSHIFT, strict.settings())
    try:
        with pytest.raises(
            WarehouseError, match="52 statements in one transaction, and the Redshift Data API takes 40"
        ):
            adapter.load(many, {table.name: [] for table in many.tables})
    finally:
        adapter.close()


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"cluster_identifier": "other"}, WarehouseError, "ValidationException: Redshift endpoint doesn't exist"),
        ({"db_user": "nobody"}, WarehouseSqlError, 'role "nobody" does not exist'),
        ({"endpoint_url": "http://127.0.0.1:1"}, ServiceUnavailable, "does not answer at http://127.0.0.1:1"),
        ({"database": "absent"}, WarehouseSqlError, 'database "absent" does not exist'),
        ({"cluster_identifier": ""}, ConfigError, "cannot be asked with these settings"),
    ],
)
def test_adapter_refused(strict: Strict, changes: dict[str, str], kind: type[Exception], message: str) -> None:
    adapter = connect(Warehouse.REDSHIFT, strict.settings(**changes))
    try:
        with pytest.raises(kind, match=message):
            adapter.ping()
    finally:
        adapter.close()


def test_adapter_of_a_workgroup(strict: Strict) -> None:
    settings = strict.settings(cluster_identifier=None, db_user=None, serverless_work_group="local-wg")
    adapter = connect(Warehouse.REDSHIFT, settings)
    try:
        with adapter.query("select current_user::varchar") as result:
            assert next(result.batches).to_pylist() == [{"current_user": "IAM:mockuser"}]
    finally:
        adapter.close()
