"""What the words of an error depend on besides PostgreSQL's own."""

import pytest

from dw_simulator.emulators.redshift.wordings import worded

BAD = 'invalid input syntax for type integer: "x"'
NONE = 'column "x" does not exist'
WITHIN = 'SQL statement "insert into t select b from u"\nPL/pgSQL function p() line 2'
ROLE = 'role "ann" does not exist'


@pytest.mark.parametrize(
    ("fields", "sql", "state", "message"),
    [
        ({"C": "22P02", "M": BAD, "P": "8"}, "select 'x'::int", "22P02", 'invalid input syntax for integer: "x"'),
        ({"C": "22P02", "M": BAD}, "select ('x' || '')::int", "22P02", 'invalid input syntax for integer: "x"'),
        ({"C": "22P02", "M": BAD}, "select b::int from t", "XX000", "Invalid digit, Value 'x', Pos 0, Type: Integer "),
        (
            {"C": "22P02", "M": BAD, "W": "unnamed portal parameter $1 = '...'"},
            "select $1::int",
            "22P02",
            'invalid input syntax for integer: "x"',
        ),
        (
            {"C": "22P02", "M": 'invalid input syntax for type bigint: ""'},
            "select b::bigint from t",
            "22P02",
            'invalid input syntax for integer: ""',
        ),
        (
            {"C": "22001", "M": "value too long for type character varying(2)", "W": WITHIN},
            "call p()",
            "XX000",
            "Value too long for character type",
        ),
        ({"C": "42703", "M": NONE}, "select x from s.t", "42703", f"{NONE} in t"),
        ({"C": "42703", "M": NONE}, "select x", "42703", NONE),
        ({"C": "42703", "M": NONE}, "select x from t join u on t.a = u.a", "42703", NONE),
        ({"C": "42703", "M": NONE}, "select 1 from t where exists (select 1 from u where x = 1)", "42703", NONE),
        ({"C": "42703", "M": NONE}, "select x from t union select x from u", "42703", NONE),
        ({"C": "42703", "M": NONE}, "update t set a = x from u", "42703", NONE),
        ({"C": "42703", "M": NONE}, "call p(x", "42703", NONE),
        ({"C": "42704", "M": ROLE}, "create user bob in group staff", "42704", 'user "ann" does not exist'),
        ({"C": "42704", "M": ROLE}, 'alter group staff add user "ann"', "42704", 'user "ann" does not exist'),
        ({"C": "42704", "M": ROLE}, "drop user bob, ann", "42704", 'user "ann" does not exist'),
        ({"C": "42704", "M": ROLE}, "grant role ann to role bob", "42704", ROLE),
        ({"C": "42704", "M": ROLE}, "select user_is_member_of('ann', 'staff')", "42704", ROLE),
    ],
)  # fmt: skip
def test_words(fields, sql, state, message):
    found = worded(fields, sql)
    assert (found["C"], found["M"]) == (state, message)
