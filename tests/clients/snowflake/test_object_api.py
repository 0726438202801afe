# ruff: noqa: E501 - a table, one row a request
"""The REST API of objects by plain HTTP, as the vendor's Python client calls it. Vendor page: "Snowflake REST APIs"."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx
import pytest

HERE = "/databases/REST/schemas/PUBLIC"
OK = {"status": "Statement executed successfully."}
T = {"database": "REST", "schema": "PUBLIC", "name": "T"}
LAG = {"type": "USER_DEFINED", "seconds": 7200}
PROCEDURE = {
    "name": "P", "arguments": [{"name": "X", "datatype": "NUMBER"}, {"name": "Y", "datatype": "VARCHAR"}],
    "return_type": {"type": "DATATYPE", "datatype": "VARCHAR"}, "language_config": {"language": "SQL"},
    "execute_as": "CALLER", "body": "begin return x || y; end",
}  # fmt: skip
FUNCTION = {
    "name": "F", "arguments": [{"name": "X", "datatype": "INT"}],
    "return_type": {"type": "TABLE", "column_list": [{"name": "A", "datatype": "INT"}]},
    "language_config": {"language": "SQL"}, "body": "select x",
}  # fmt: skip
CALL = {
    "call_arguments": [
        {"name": "Y", "datatype": "VARCHAR", "value": "o'x"},
        {"name": "X", "datatype": "NUMBER", "value": 1},
    ]
}
STEPS: list[tuple[str, str, Any, int, Any]] = [
    ("POST", "/databases?createMode=orReplace", {"name": "REST"}, 200, None),
    ("POST", "/warehouses?createMode=ifNotExists", {"name": "REST_W"}, 200, None),
    ("POST", f"{HERE}/tables", {"name": "T", "columns": [{"name": "A", "datatype": "INT"}]}, 200, None),
    # clones, what was dropped, swaps
    ("POST", f"{HERE}/tables/T:clone", {"name": "T2"}, 200, {"status": "Table T2 successfully created."}),
    ("POST", f"{HERE}/tables/T:clone", {"name": "T2"}, 409, {"code": "002002"}),
    ("POST", f"{HERE}/tables/T:clone?createMode=orReplace&copyGrants=true", {"name": "T2"}, 200, None),
    ("POST", f"{HERE}/tables/T:clone", {"name": "T3", "comment": 3, "rows": 5}, 501, {"code": "000002"}),
    ("DELETE", f"{HERE}/tables/T2", None, 200, None),
    ("POST", f"{HERE}/tables/T2:undrop", None, 200, OK),
    ("POST", f"{HERE}/tables/T2:swap-with?targetName=T", None, 200, OK),
    ("POST", "/databases/REST:clone?createMode=orReplace", {"name": "REST2"}, 200, None),
    ("GET", "/databases/REST2/schemas/PUBLIC/tables/T2", None, 200, {"name": "T2"}),
    ("DELETE", "/databases/REST2", None, 200, None),
    # dynamic tables
    ("POST", f"{HERE}/dynamic-tables",
     {"name": "D", "target_lag": LAG, "warehouse": "REST_W", "query": "select a as b from t", "comment": "as is"}, 200, None),
    ("GET", f"{HERE}/dynamic-tables/D", None, 200,
     {"target_lag": LAG, "warehouse": "REST_W", "query": "select a as b from t", "scheduling_state": "RUNNING"}),
    ("POST", f"{HERE}/dynamic-tables/D:suspend", None, 200, OK),
    ("GET", f"{HERE}/dynamic-tables?like=D", None, 200, [{"name": "D", "scheduling_state": "SUSPENDED"}]),
    ("POST", f"{HERE}/dynamic-tables/D:refresh", None, 200, OK),
    ("POST", f"{HERE}/dynamic-tables/D:clone", {"name": "D2", "target_lag": {"type": "DOWNSTREAM"}}, 200, None),
    ("GET", f"{HERE}/dynamic-tables/D2", None, 200, {"target_lag": {"type": "DOWNSTREAM"}}),
    ("DELETE", f"{HERE}/dynamic-tables/D2", None, 200, None),
    # pipes
    ("POST", f"{HERE}/stages", {"name": "S"}, 200, None),
    ("POST", f"{HERE}/pipes", {"name": "I", "comment": "c", "copy_statement": "copy into t from @s"}, 200, None),
    ("GET", f"{HERE}/pipes/I", None, 200, {"copy_statement": "copy into t from @s", "auto_ingest": False, "comment": "c"}),
    ("POST", f"{HERE}/pipes/I:refresh?prefix=x", None, 200, OK),
    ("DELETE", f"{HERE}/pipes/I", None, 200, None),
    # grants
    ("POST", "/roles?createMode=orReplace", {"name": "REST_R"}, 200, None),
    ("POST", "/users?createMode=orReplace", {"name": "REST_U"}, 200, None),
    ("POST", "/databases/REST/database-roles", {"name": "DR", "comment": "z"}, 200, None),
    ("GET", "/databases/REST/database-roles", None, 200, [{"name": "DR", "comment": "z", "granted_to_roles": 0}]),
    ("POST", "/roles/REST_R/grants",
     {"securable_type": "TABLE", "securable": T, "privileges": ["SELECT", "INSERT"], "grant_option": True}, 200, OK),
    ("POST", "/roles/REST_R/grants", {"securable_type": "DATABASE ROLE", "securable": {"database": "REST", "name": "DR"}}, 200, OK),
    ("POST", "/roles/REST_R/grants:revoke?mode=cascade",
     {"securable_type": "TABLE", "containing_scope": {"database": "REST"}, "privileges": ["INSERT"]}, 200, OK),
    ("GET", "/roles/REST_R/grants", None, 200,
     [{"securable": T, "securable_type": "TABLE", "grant_option": True, "privileges": ["SELECT"]},
      {"securable": {"database": "REST", "name": "DR"}, "securable_type": "DATABASE ROLE", "privileges": ["USAGE"]}]),
    ("POST", "/roles/REST_R/future-grants",
     {"securable_type": "TABLE", "containing_scope": {"database": "REST", "schema": "PUBLIC"}, "privileges": ["SELECT"]}, 200, OK),
    ("GET", "/roles/REST_R/future-grants", None, 200,
     [{"containing_scope": {"database": "REST", "schema": "PUBLIC"}, "securable_type": "TABLE", "privileges": ["SELECT"]}]),
    ("POST", "/users/REST_U/grants", {"securable_type": "ROLE", "securable": {"name": "REST_R"}}, 200, OK),
    ("GET", "/users/REST_U/grants", None, 200, [{"securable": {"name": "REST_R"}, "securable_type": "ROLE"}]),
    ("GET", "/roles/REST_R/grants-of", None, 200, [{"role": "REST_R", "granted_to": "USER", "grantee_name": "REST_U"}]),
    ("GET", "/roles/REST_R/grants-on", None, 200, [{"privilege": "OWNERSHIP"}, {"privilege": "USAGE"}]),
    ("POST", "/databases/REST/database-roles/DR/grants",
     {"securable_type": "SCHEMA", "securable": {"database": "REST", "name": "PUBLIC"}, "privileges": ["USAGE"]}, 200, OK),
    ("GET", "/databases/REST/database-roles/DR/grants", None, 200,
     [{"securable": {"database": "REST", "name": "PUBLIC"}, "securable_type": "SCHEMA", "privileges": ["USAGE"]}]),
    ("POST", "/roles/REST_R/grants", {"securable_type": "TABLE", "securable": T}, 400, {"code": "390001"}),
    # routines
    ("POST", f"{HERE}/procedures", PROCEDURE, 200, None),
    ("GET", f"{HERE}/procedures/P(NUMBER, VARCHAR)", None, 200,
     {"name": "P", "execute_as": "CALLER", "body": PROCEDURE["body"], "language_config": {"called_on_null_input": True, "language": "SQL"},
      "arguments": [{"name": "X", "datatype": "NUMBER(38,0)"}, {"name": "Y", "datatype": "VARCHAR"}]}),
    ("POST", f"{HERE}/procedures/P:call", CALL, 200, [{"P": "1o'x"}]),
    ("DELETE", f"{HERE}/procedures/P(NUMBER, VARCHAR)", None, 200, None),
    ("GET", f"{HERE}/procedures/P(NUMBER, VARCHAR)", None, 404, {"code": "002003"}),
    ("POST", f"{HERE}/user-defined-functions", FUNCTION, 200, None),
    ("GET", f"{HERE}/user-defined-functions", None, 200,
     [{"name": "F", "is_table_function": True, "return_type": {"type": "TABLE", "column_list": [{"name": "A", "datatype": "NUMBER"}]}}]),
    ("POST", f"{HERE}/user-defined-functions", {**FUNCTION, "language_config": {"language": "JAVA"}}, 501, {"code": "000002"}),
    ("POST", f"{HERE}/user-defined-functions/F(INT):rename?targetName=F2", None, 200, OK),
    ("DELETE", f"{HERE}/user-defined-functions/F2(INT)", None, 200, None),
    # tasks and their graphs
    ("POST", f"{HERE}/tasks", {"name": "R", "definition": "select 1", "schedule": {"schedule_type": "MINUTES_TYPE", "minutes": 1, "seconds": 30},
     "config": {"k": 1}, "session_parameters": {"QUERY_TAG": "x"}, "task_auto_retry_attempts": 2}, 200, None),
    ("POST", f"{HERE}/tasks", {"name": "C", "definition": "select 2", "predecessors": ["R"]}, 200, None),
    ("POST", f"{HERE}/tasks", {"name": "F", "definition": "select 3", "finalize": "R"}, 200, None),
    ("GET", f"{HERE}/tasks/R", None, 200,
     {"schedule": {"schedule_type": "MINUTES_TYPE", "minutes": 1, "seconds": 30}, "config": {"k": 1}, "overlap_policy": "NO_OVERLAP"}),
    ("GET", f"{HERE}/tasks/F", None, 200, {"finalize": "REST.PUBLIC.R", "predecessors": []}),
    ("GET", f"{HERE}/tasks?rootOnly=true", None, 200, [{"name": "R"}]),
    ("GET", f"{HERE}/tasks/R/dependents?recursive=true", None, 200, [{"name": "R"}, {"name": "C"}, {"name": "F"}]),
    ("POST", f"{HERE}/tasks/C:resume", None, 200, OK),
    ("POST", f"{HERE}/tasks/R:execute", None, 200, OK),
    ("POST", f"{HERE}/tasks/R:execute?retryLast=true", None, 400, {"code": "091086"}),
    ("GET", f"{HERE}/tasks/R/complete-graphs?errorOnly=false", None, 200,
     [{"root_task_name": "R", "state": "SUCCEEDED", "graph_version": 1, "attempt_number": 1}]),
    ("GET", f"{HERE}/tasks/R/complete_graphs?errorOnly=true", None, 200, []),
    ("POST", f"{HERE}/tasks/R:resume", None, 200, OK),
    ("GET", f"{HERE}/tasks/R/current-graphs", None, 200, [{"state": "SCHEDULED", "graph_version": 1}]),
    ("POST", f"{HERE}/tasks/R:suspend", None, 200, OK),
    ("PUT", f"{HERE}/tasks/R", {"name": "R", "definition": "select 4"}, 200, OK),
    ("GET", f"{HERE}/tasks/R", None, 200, {"definition": "select 4"}),
    # alerts
    ("POST", f"{HERE}/alerts", {"name": "A", "condition": "select 1", "action": "insert into t values (7)", "comment": "c",
     "schedule": {"schedule_type": "SCHEDULE_TYPE", "minutes": 5}, "warehouse": "REST_W"}, 200, None),
    ("GET", f"{HERE}/alerts/A", None, 200, {"condition": "select 1", "state": "suspended", "schedule": {"schedule_type": "SCHEDULE_TYPE", "minutes": 5}}),
    ("POST", f"{HERE}/alerts/A:execute", None, 200, OK),
    ("POST", f"{HERE}/alerts/A:clone", {"name": "A2"}, 200, None),
    ("GET", f"{HERE}/alerts", None, 200, [{"name": "A"}, {"name": "A2"}]),
    ("DELETE", f"{HERE}/alerts/A2", None, 200, None),
    # clones of streams
    ("POST", f"{HERE}/streams", {"name": "S9", "stream_source": {"src_type": "table", "name": "T"}}, 200, None),
    ("POST", f"{HERE}/streams/S9:clone", {"name": "S10"}, 200, None),
    ("GET", f"{HERE}/streams/S10", None, 200, {"name": "S10"}),
    ("DELETE", f"{HERE}/streams/S10", None, 200, None),
    ("DELETE", f"{HERE}/streams/S9", None, 200, None),
    # tags and files
    ("POST", f"{HERE}/tags", {"name": "G", "allowed_values": ["x", "y"], "comment": "c"}, 200, None),
    ("GET", f"{HERE}/tags/G", None, 200, {"allowed_values": ["x", "y"], "comment": "c"}),
    ("POST", f"{HERE}/tables/T:set-tags", [{"tag_database": "REST", "tag_schema": "PUBLIC", "tag_name": "G", "tag_value": "x"}], 200, OK),
    ("GET", f"{HERE}/tables/T:get-tags", None, 200, [{"tag_name": "G", "tag_value": "x", "level": "TABLE"}]),
    ("POST", f"{HERE}/tables/T:unset-tags", [{"tag_database": "REST", "tag_schema": "PUBLIC", "tag_name": "G"}], 200, OK),
    ("GET", f"{HERE}/tables/T:get-tags?withLineage=true", None, 200, []),
    ("POST", f"{HERE}/tables/T:set-tags", {"tag_name": "G"}, 400, {"code": "390001"}),
    ("POST", f"{HERE}/tags/G:rename?targetName=G2", None, 200, OK),
    ("DELETE", f"{HERE}/tags/G2", None, 200, None),
    ("POST", f"{HERE}/tags/G2:undrop", None, 200, OK),
    ("GET", f"{HERE}/stages/S/files", None, 200, []),
    ("POST", f"{HERE}/tables/T:suspend-recluster", None, 200, OK),
    ("POST", "/warehouses/REST_W:abort", None, 200, OK),
    ("POST", "/warehouses/REST_W:rename", {"name": "REST_W2"}, 200, OK),
    ("DELETE", "/warehouses/REST_W2", None, 200, None),
    ("GET", "/databases/REST/database-roles?showLimit=1", None, 200, [{"name": "DR"}]),
    # what is refused by name
    ("GET", f"{HERE}/event-tables", None, 404, {"code": "000002"}),
    ("GET", "/compute-pools", None, 404, {"code": "000002"}),
    ("POST", "/grants/role/REST_R/account/-/privileges", {}, 404, {"code": "000002"}),
]  # fmt: skip
"""(method, path with its query, body, status, what the answer has at least)."""


@pytest.fixture(scope="module")
def token(services: Any) -> str:
    body = {"data": {"LOGIN_NAME": "rest", "PASSWORD": "rest", "ACCOUNT_NAME": "x", "CLIENT_APP_ID": "PythonConnector"}}
    url = f"http://127.0.0.1:{services.snowflake}/session/v1/login-request"
    return str(httpx.post(url, json=body).json()["data"]["token"])


def test_steps(services: Any, token: str) -> None:
    headers = {"Authorization": f'Snowflake Token="{token}"'}
    for method, path, body, status, expected in STEPS:
        url = f"http://127.0.0.1:{services.snowflake}/api/v2{path}"
        answer = httpx.request(method, url, json=body, headers=headers, timeout=60)
        assert (answer.status_code, method, path) == (status, method, path), answer.text
        assert _has(answer.json(), expected), f"{method} {path}: {answer.text}"


def _has(found: Any, expected: Any) -> bool:
    """Whether an answer has at least what is expected of each object, and as many of them."""
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(_has, found, expected))
    if isinstance(expected, dict):
        return all(name in found and _has(found[name], value) for name, value in expected.items())
    return expected is None or bool(found == expected)
