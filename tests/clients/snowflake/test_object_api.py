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
      "arguments": [{"name": "X", "datatype": "NUMBER(38,0)"}, {"name": "Y", "datatype": "VARCHAR(16777216)"}]}),
    ("POST", f"{HERE}/procedures/P:call", CALL, 200, [{"P": "1o'x"}]),
    ("DELETE", f"{HERE}/procedures/P(NUMBER, VARCHAR)", None, 200, None),
    ("GET", f"{HERE}/procedures/P(NUMBER, VARCHAR)", None, 404, {"code": "002003"}),
    ("POST", f"{HERE}/user-defined-functions", FUNCTION, 200, None),
    ("GET", f"{HERE}/user-defined-functions", None, 200,
     [{"name": "F", "is_table_function": True, "return_type": {"type": "TABLE", "column_list": [{"name": "A", "datatype": "NUMBER(38,0)"}]}}]),
    ("POST", f"{HERE}/user-defined-functions", {**FUNCTION, "language_config": {"language": "JAVA"}}, 501, {"code": "000002"}),
    ("DELETE", f"{HERE}/user-defined-functions/F(INT)", None, 200, None),
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
