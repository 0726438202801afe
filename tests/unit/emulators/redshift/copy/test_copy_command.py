import pytest

from dw_simulator.emulators.redshift.copy.copy_command import parse_copy
from dw_simulator.emulators.redshift.errors import RedshiftError

ROLE = "iam_role 'arn:aws:iam::123456789012:role/x'"

OPTIONS = [
    ("format as parquet", {"format": "parquet"}),
    ("FORMAT PARQUET", {"format": "parquet"}),
    ("parquet serializetojson", {"format": "parquet", "serialize_to_json": True}),
    ("csv", {"format": "csv", "delimiter": None, "quote": '"'}),
    ("csv quote as '%'", {"format": "csv", "quote": "%"}),
    (r"delimiter '\t'", {"format": "delimited", "delimiter": "\t"}),
    (r"delimiter as '\001'", {"delimiter": "\x01"}),
    ("json 'auto'", {"format": "json", "json_paths": "auto"}),
    ("format json as 'auto ignorecase'", {"json_paths": "auto ignorecase"}),
    ("json 's3://b/Paths.json'", {"json_paths": "s3://b/Paths.json"}),
    ("fixedwidth 'a:1,b:2'", {"format": "fixedwidth", "fixedwidth": "a:1,b:2"}),
    ("ignoreheader 1", {"ignore_header": 1}),
    ("ignoreheader as 2", {"ignore_header": 2}),
    ("null as 'NULL'", {"null_as": "NULL"}),
    (r"null '\N'", {"null_as": r"\N"}),
    ("gzip", {"compression": "gzip"}),
    ("bzip2 manifest", {"compression": "bz2", "manifest": True}),
    ("dateformat 'auto' timeformat as 'epochsecs'", {"date_format": "auto", "time_format": "epochsecs"}),
    ("acceptinvchars", {"accept_invalid_chars": "?"}),
    ("acceptinvchars as '^' maxerror 5", {"accept_invalid_chars": "^", "max_errors": 5}),
    ("emptyasnull blanksasnull fillrecord", {"empty_as_null": True, "blanks_as_null": True, "fill_record": True}),
    ("truncatecolumns trimblanks roundec", {"truncate_columns": True, "trim_blanks": True, "round_decimals": True}),
    ("compupdate off statupdate on region 'eu-west-1'", {"comp_update": "off", "region": "eu-west-1"}),
    ("explicit_ids noload removequotes escape", {"explicit_ids": True, "no_load": True}),
    ("encoding utf16 comprows 100000 readratio 50", {"encoding": "utf-16"}),
]


@pytest.mark.parametrize(("text", "expected"), OPTIONS)
def test_options(text, expected):
    options = parse_copy(f"copy t from 's3://b/k' {ROLE} {text}").options
    assert {name: getattr(options, name) for name in expected} == expected


CREDENTIALS = [
    ("iam_role default", (None, None, None, "default")),
    ("iam_role 'arn:x'", (None, None, None, "arn:x")),
    ("credentials 'aws_iam_role=arn:x'", (None, None, None, "arn:x")),
    (
        "with credentials as 'aws_access_key_id=a;aws_secret_access_key=b;token=c'",
        ("a", "b", "c", None),
    ),
    ("access_key_id 'a' secret_access_key as 'b' session_token 'c'", ("a", "b", "c", None)),
]


@pytest.mark.parametrize(("text", "expected"), CREDENTIALS)
def test_credentials(text, expected):
    found = parse_copy(f"copy t from 's3://b/k' {text} csv").credentials
    assert (found.access_key, found.secret_key, found.session_token, found.role) == expected


def test_names():
    command = parse_copy("""COPY "My Schema"."t" (a, "B c") FROM 's3://b/it''s' iam_role default;""")
    assert (command.schema, command.table, command.columns) == ("my schema", "t", ("a", "b c"))
    assert command.source == "s3://b/it's"


REFUSED = [
    ("copy t from 's3://b/k' bogus", "42601", "bogus"),
    ("copy t from", "42601", "end of input"),
    ("copy t from 's3://b/k' ignoreheader 'x'", "42601", "'x'"),
    ("copy t from stdin", "0A000", "STDIN"),
    ("copy t from '/tmp/x'", "22023", "/tmp/x"),
    ("copy t from 'dynamodb://x' iam_role default", "0A000", "dynamodb"),
    ("copy t from 's3://b/k' iam_role default parquet maxerror 3", "0A000", "MAXERROR argument is not supported"),
    ("copy t from 's3://b/k' iam_role default csv escape", "22023", "ESCAPE"),
    ("copy t from 's3://b/k' iam_role default encrypted", "0A000", "ENCRYPTED"),
    ("copy t from 's3://b/k' iam_role default maxerror 100001", "22023", "out of range"),
    ("copy t from 's3://b/k' credentials 'nonsense'", "22023", "Invalid credentials"),
    ("copy job create x", "0A000", "COPY JOB"),
]


@pytest.mark.parametrize(("sql", "state", "text"), REFUSED)
def test_refused(sql, state, text):
    with pytest.raises(RedshiftError) as caught:
        parse_copy(sql)
    assert caught.value.sqlstate == state
    assert text in caught.value.message
