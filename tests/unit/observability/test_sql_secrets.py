import pytest

from dw_simulator.observability.sql_secrets import mask_sql


@pytest.mark.parametrize(
    ("sql", "masked"),
    [
        (
            "copy t from 's3://b/k' credentials 'aws_access_key_id=AKIA;aws_secret_access_key=se''cret' csv",
            "copy t from 's3://b/k' credentials '****' csv",
        ),
        ("COPY t FROM 's3://b' WITH CREDENTIALS AS 'x'", "COPY t FROM 's3://b' WITH CREDENTIALS AS '****'"),
        (
            "copy t from 's' access_key_id 'AKIA' secret_access_key 'x' session_token 'y'",
            "copy t from 's' access_key_id '****' secret_access_key '****' session_token '****'",
        ),
        (
            "create stage s credentials = (aws_key_id = 'AKIA' aws_secret_key='a\\'b' aws_token = 'y')",
            "create stage s credentials = (aws_key_id = '****' aws_secret_key='****' aws_token = '****')",
        ),
        ("create user u password 'md5abc'", "create user u password '****'"),
        ('alter user u set "PASSWORD" = $$a b$$', "alter user u set \"PASSWORD\" = '****'"),
        ("create secret s secret_string = 'x'", "create secret s secret_string = '****'"),
        ("encryption = (master_key => 'x')", "encryption = (master_key => '****')"),
        ("create user u password 'not ended", "create user u password '****'"),
        (
            "execute immediate 'copy t credentials ''aws_secret_access_key=abc'' '",
            "execute immediate 'copy t credentials ''****'' '",
        ),
        ("select 'postgres://me:secret@host/db'", "select 'postgres://me:****@host/db'"),
        ("select token, password from users where id = 'x'", "select token, password from users where id = 'x'"),
        ("select 'password' as a, 'b' as c", "select 'password' as a, 'b' as c"),
        ("select 'my password' as a, 'b' as c", "select 'my password' as a, 'b' as c"),
        ("execute immediate 'create user u password ''x'' '", "execute immediate 'create user u password ''****'' '"),
        ("execute immediate $$alter user u password 'x'$$", "execute immediate $$alter user u password '****'$$"),
        ("select f('aws_secret_access_key=abc;b=c')", "select f('aws_secret_access_key=****;b=c')"),
        ("-- password 'x'\nselect 'it''s', $$ $$", "-- password 'x'\nselect 'it''s', $$ $$"),
        ("iam_role 'arn:aws:iam::1:role/r'", "iam_role 'arn:aws:iam::1:role/r'"),
    ],
)
def test_masked(sql, masked):
    assert mask_sql(sql) == masked


def test_long_texts_are_masked_in_time():
    assert mask_sql("a_" * 50_000) == "a_" * 50_000
    assert mask_sql("password" * 12_000) == "password" * 12_000
