import pytest

from dw_simulator.emulators.redshift.copy.unload_command import parse_unload
from dw_simulator.emulators.redshift.errors import RedshiftError

OPTIONS = [
    ("format parquet", {"format": "parquet"}),
    ("format as csv header", {"format": "csv", "header": True}),
    ("json gzip", {"format": "json", "compression": "gzip"}),
    ("delimiter '\\t' addquotes escape", {"delimiter": "\t", "add_quotes": True, "escape": True}),
    ("null as 'NIL' manifest verbose", {"null_as": "NIL", "manifest": True, "manifest_verbose": True}),
    ("allowoverwrite parallel off", {"allow_overwrite": True, "parallel": False}),
    ("partition by (a, b) include", {"partition_by": ("a", "b"), "include_partition_columns": True}),
    ("maxfilesize 5 mb encrypted auto", {"max_file_bytes": 5 << 20}),
    ("maxfilesize as 1.5 gb extension 'txt'", {"max_file_bytes": 1536 << 20, "extension": "txt"}),
]


@pytest.mark.parametrize(("text", "expected"), OPTIONS)
def test_options(text, expected):
    options = parse_unload(f"unload ('select 1') to 's3://b/k' iam_role default {text}").options
    assert {name: getattr(options, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("sql", "query"),
    [
        ("unload ('select ''x''') to 's3://b/k' iam_role default", "select 'x'"),
        ("unload ($$select 'x'$$) to 's3://b/k' iam_role default", "select 'x'"),
    ],
)
def test_query(sql, query):
    assert parse_unload(sql).query == query


@pytest.mark.parametrize(
    ("sql", "state"),
    [
        ("unload (select 1) to 's3://b/k'", "42601"),
        ("unload ('select 1') to '/tmp/x'", "22023"),
        ("unload ('select 1') to 's3://b/k' iam_role default parquet header", "0A000"),
        ("unload ('select 1') to 's3://b/k' iam_role default maxfilesize 1 mb", "22023"),
        ("unload ('select 1') to 's3://b/k' iam_role default cleanpath allowoverwrite", "22023"),
        ("unload ('select 1') to 's3://b/k' iam_role default master_symmetric_key 'x' encrypted", "0A000"),
    ],
)
def test_refused(sql, state):
    with pytest.raises(RedshiftError) as caught:
        parse_unload(sql)
    assert caught.value.sqlstate == state
