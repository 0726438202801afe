from __future__ import annotations

import pytest

from dw_simulator.observability import sql_trace, tracing

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
COMMENT = f"/*traceparent='{PARENT}'*/"


@pytest.fixture
def _traced(collector):
    tracing.set_up_tracing("test", endpoint=collector.endpoint)
    yield
    tracing.shut_down_tracing()


@pytest.mark.parametrize(
    ("sql", "key"),
    [
        (f"select 1 {COMMENT}", "select 1"),
        (f"select 1\n{COMMENT}", "select 1"),
        (f"select 1 {COMMENT};", "select 1"),
        (f"select 1 {COMMENT} ; ", "select 1"),
        (f"select 1 /*db_driver='x',{COMMENT[2:-2]},tracestate='a%3D1'*/", "select 1"),
        (f"select '/*', 2 {COMMENT}", "select '/*', 2"),
        (f"select '/* traceparent=1 */' {COMMENT}", "select '/* traceparent=1 */'"),
        ("select 1 /* traceparent */", None),
        ("select 1 /* another */", None),
        (f"{COMMENT} select 1", None),
        (f"select 1 {COMMENT} + 1", None),
        (f"select '{COMMENT}'", None),
        ("select 1", None),
        ("", None),
        ("*/", None),
    ],
)
@pytest.mark.usefixtures("_traced")
def test_the_comment_at_the_end(sql, key):
    """https://google.github.io/sqlcommenter/spec/"""
    assert sql_trace.without_comment(sql) == (sql if key is None else key)
    assert (sql_trace.commented_parent(sql) is not None) is (key is not None)


@pytest.mark.parametrize("sql", ["select 1", "select 1;", "select 1 -- one", "select 1 ; \n"])
@pytest.mark.usefixtures("_traced")
def test_a_statement_gets_the_span_around_it(sql):
    assert sql_trace.commented(sql) == sql
    with tracing.continue_trace(PARENT):
        written = sql_trace.commented(sql)
    assert written.endswith(f"\n{COMMENT}")
    assert sql_trace.without_comment(written) == sql.rstrip().removesuffix(";").rstrip()
    assert sql_trace.commented_parent(written) is not None


@pytest.mark.parametrize(
    ("tag", "is_found"),
    [
        (f'{{"traceparent": "{PARENT}"}}', True),
        (f'{{"app": "dbt", "traceparent":"{PARENT}", "model": 1}}', True),
        (f"traceparent={PARENT}", True),
        (f"dw-simulator traceparent={PARENT}", True),
        (f"traceparent: '{PARENT.upper()}'", False),
        ("traceparent=", False),
        (PARENT, False),
        ("", False),
        (None, False),
    ],
)
@pytest.mark.usefixtures("_traced")
def test_tags(tag, is_found):
    assert (sql_trace.tagged_parent(tag) is not None) is is_found


@pytest.mark.usefixtures("_traced")
def test_the_tag_of_a_statement():
    assert sql_trace.query_tag() is None
    with tracing.continue_trace(PARENT):
        assert sql_trace.query_tag() == f'{{"traceparent": "{PARENT}"}}'


def test_without_tracing_nothing_is_added():
    assert sql_trace.commented("select 1;") == "select 1;"
    assert sql_trace.query_tag() is None
    assert sql_trace.commented_parent(f"select 1 {COMMENT}") is None
