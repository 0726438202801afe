import pytest

from dw_simulator.splitting.redshift import split

CASES = [
    ("", []),
    (" \n ", []),
    ("-- nothing", []),
    ("/* nothing */ ;; -- more", []),
    ("select 1", ["select 1"]),
    (" select 1 ; ", ["select 1"]),
    ("select 1; select 2", ["select 1", "select 2"]),
    ("select ';'; select 2", ["select ';'", "select 2"]),
    ("select 'it''s;'; select 2", ["select 'it''s;'", "select 2"]),
    ('select 1 as "a;b"; select 2', ['select 1 as "a;b"', "select 2"]),
    ("select 1 -- a;b\n; select 2", ["select 1 -- a;b", "select 2"]),
    ("select 1 /* a;/* b; */ ; */; select 2", ["select 1 /* a;/* b; */ ; */", "select 2"]),
    ("do $$ begin; end $$; select 2", ["do $$ begin; end $$", "select 2"]),
    ("do $a$ ; $$ ; $a$; select 2", ["do $a$ ; $$ ; $a$", "select 2"]),
    ("select $1; select $2", ["select $1", "select $2"]),
    ("select a$b$c; select 2", ["select a$b$c", "select 2"]),
    (r"select E'it\';'; select 2", [r"select E'it\';'", "select 2"]),
    (r"select 'c:\'; select 2", [r"select 'c:\'", "select 2"]),
    ("select 'unfinished; select 2", ["select 'unfinished; select 2"]),
    ("select /* unfinished; select 2", ["select /* unfinished; select 2"]),
    ("-- first\nselect 1; -- last", ["-- first\nselect 1"]),
]


@pytest.mark.parametrize(("script", "statements"), CASES)
def test_split(script, statements):
    assert split(script) == statements


def test_backslash_escapes_in_every_string():
    assert split(r"select 'it\'s;'; select 2", backslash_escapes=True) == [r"select 'it\'s;'", "select 2"]


def test_much_white_space_after_a_comment_takes_no_time():
    statement = "/* a */" + " \n" * 200 + "select 1" + "/* b */" * 50 + "*"
    assert split(f"{statement};") == [statement]


def test_a_long_script_is_split_too():
    script = ";".join(f"insert into t values ({i}, 'x;y')" for i in range(5000))
    assert len(split(script)) == 5000
