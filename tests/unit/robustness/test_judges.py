"""The judges of the chaos test and of the soak find what they are there for."""

from __future__ import annotations

import signal
from itertools import islice

import pytest
from tests.robustness import plan
from tests.robustness.journal import Journal, audit
from tests.robustness.leaks import MEGABYTE, Level, Rest, leaks
from tests.robustness.writers.base import RolledBack

A, B = ("redshift", "singles", 1), ("redshift", "singles", 2)
OLD, NEW = (1, "old"), (1, "new")


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    yield journal
    journal.close()


def write(journal, *keys, outcome="acknowledged", value=NEW):
    try:
        with journal.operation("write", dict.fromkeys(keys, value)) as operation:
            if outcome == "abandoned":
                raise RolledBack
            operation.committing()
            if outcome == "in doubt":
                raise ConnectionError
    except (RolledBack, ConnectionError):
        return


CASES = [
    ("acknowledged", {A: NEW, B: NEW}, {}),
    ("acknowledged", {A: NEW}, {"lost": 1}),
    ("acknowledged", {A: NEW, B: (2, "new")}, {"doubled": 1}),
    ("acknowledged", {A: NEW, B: OLD}, {"wrong": 1}),
    ("acknowledged", {A: NEW, B: NEW, ("redshift", "singles", 3): NEW}, {"strays": 1}),
    ("abandoned", {}, {}),
    ("abandoned", {A: NEW}, {"doubled": 1}),
    ("in doubt", {A: NEW, B: NEW}, {"in_doubt_done": 1}),
    ("in doubt", {}, {}),
    ("in doubt", {A: NEW}, {"torn": 1}),
    ("in doubt", {A: (2, "new"), B: (2, "new")}, {"doubled": 2}),
]


@pytest.mark.parametrize(("outcome", "found", "expected"), CASES)
def test_an_audit_tells_what_is_wrong(journal, outcome, found, expected):
    write(journal, A, B, outcome=outcome)
    report = audit(journal.operations, found)
    counted = {name: getattr(report, name) for name in ("lost", "doubled", "torn", "wrong", "strays", "in_doubt_done")}
    assert {name: count for name, count in counted.items() if count} == expected
    assert bool(report.problems) == bool(expected.keys() - {"in_doubt_done"})


def test_an_update_and_a_delete_replace_what_was_promised_before(journal):
    write(journal, A, value=OLD)
    write(journal, A)
    write(journal, B)
    write(journal, B, value=None)
    assert audit(journal.operations, {A: NEW}).problems == []
    assert audit(journal.operations, {A: OLD}).wrong == 1
    assert audit(journal.operations, {A: NEW, B: NEW}).doubled == 1


def test_a_fact_in_doubt_is_not_used_again(journal):
    write(journal, A, outcome="in doubt")
    assert journal.settled([A, B]) == [B]
    with pytest.raises(AssertionError):
        write(journal, A)


def test_the_same_seed_plans_the_same_strikes():
    length = 2 * len(plan.ROUND)
    assert list(islice(plan.strikes(7), length)) == list(islice(plan.strikes(7), length))
    assert list(islice(plan.strikes(7), length)) != list(islice(plan.strikes(8), length))
    one_round = list(islice(plan.strikes(7), len(plan.ROUND)))
    assert {strike.target for strike in one_round} == set(plan.TARGETS)
    assert all(strike.signal in plan.TARGETS[strike.target] for strike in one_round)
    assert signal.SIGKILL in {strike.signal for strike in one_round}


def rest(memory=100, files=20, threads=10, count=1, temporary=0, database=1000):
    return Rest({"snowflake": Level(count, memory * MEGABYTE, files, threads)}, temporary, database)


LEAKS = [
    (rest(), rest(), rest(), None),
    (rest(50), rest(200), rest(210), None),
    (rest(50), rest(100), rest(250), None),
    (rest(50), rest(100), rest(300), "snowflake: grew by 200 MB in the second half"),
    (rest(), rest(files=24), rest(files=60), "snowflake: 20 open files at first, 60 at the end"),
    (rest(), rest(threads=40), rest(threads=80), "snowflake: 10 threads at first, 80 at the end"),
    (rest(), rest(count=4), rest(count=9), "snowflake: 1 processes at first, 9 at the end"),
    (rest(), rest(), rest(temporary=3), "temporary files: 0 at first, 3 at the end"),
    (rest(), rest(), rest(database=9000), "the DuckDB file grew"),
]


@pytest.mark.parametrize(("baseline", "half", "end", "expected"), LEAKS)
def test_a_leak_is_told_from_a_cache_that_fills(baseline, half, end, expected):
    found = leaks(baseline, half, end)
    assert len(found) == (expected is not None)
    assert not found or found[0].startswith(expected)
