import asyncio
import io
import json
import logging

import pytest

from dw_simulator.config.settings import load_settings
from dw_simulator.errors import ConfigError
from dw_simulator.observability.logs import (
    MASK,
    bind,
    bound,
    mask_secrets,
    readable_from_json,
    request_id,
    set_up_logging,
)

SECRETS = [
    ("password=hunter2 user=me", f"password={MASK} user=me"),
    ("PASSWORD = 'hunter 2', x", f"PASSWORD = {MASK}, x"),
    ('{"password": "hunter2", "user": "me"}', f'{{"password": {MASK}, "user": "me"}}'),
    ("create user me password 'hunter2' createdb", f"create user me password '{MASK}' createdb"),
    ("postgresql://me:hunter2@localhost/dev", f"postgresql://me:{MASK}@localhost/dev"),
    ("aws_secret_access_key=abc/def+1", f"aws_secret_access_key={MASK}"),
    ("secret_key: abc", f"secret_key: {MASK}"),
    ("Authorization: Bearer abc.def", f"Authorization: {MASK}"),
    ("masterToken=abc;sessionToken=def", f"masterToken={MASK};sessionToken={MASK}"),
    ("ACCESS_KEY_ID 'AKIA' SECRET_ACCESS_KEY 'abc'", f"ACCESS_KEY_ID 'AKIA' SECRET_ACCESS_KEY '{MASK}'"),
]
HARMLESS = ["5 tokens parsed", "select password from users", "the token is wrong", "http://127.0.0.1:4566/bucket/key"]


@pytest.mark.parametrize(("text", "masked"), [*SECRETS, *((text, text) for text in HARMLESS)])
def test_secrets_are_masked(text, masked):
    assert mask_secrets(text) == masked


@pytest.fixture
def logger():
    return logging.getLogger("dw_simulator.test")


def test_json_lines_without_a_terminal(logger):
    stream = io.StringIO()
    set_up_logging("redshift", stream=stream)
    logger.info("loaded %d rows", 5, extra={"table": "sales", "password": "hunter2", "dsn": "x://u:p@h"})
    logger.debug("not shown")
    entry = json.loads(stream.getvalue())
    assert entry.pop("time").endswith("+00:00")
    assert entry == {
        "level": "info",
        "service": "redshift",
        "logger": "dw_simulator.test",
        "message": "loaded 5 rows",
        "table": "sales",
        "password": MASK,
        "dsn": f"x://u:{MASK}@h",
    }


def test_readable_lines_on_request_are_those_made_from_json(logger):
    text, lines = io.StringIO(), io.StringIO()
    for stream, form in ((text, "text"), (lines, "json")):
        set_up_logging("s3", stream=stream, form=form)
        try:
            raise ValueError("no")
        except ValueError:
            logger.exception("it failed", extra={"bucket": "b"})
    shown = text.getvalue()
    assert shown[9:].startswith("error   it failed  bucket=b\nTraceback (most recent call last):")
    assert readable_from_json(lines.getvalue())[9:] + "\n" == shown[9:]


@pytest.mark.parametrize("line", ["plain", "{", "{}", '{"time": 1, "level": "x", "message": "y"}', "[1]"])
def test_a_line_that_is_not_ours_stays(line):
    assert readable_from_json(line) == line


def test_levels(logger):
    stream = io.StringIO()
    set_up_logging("s3", stream=stream, level="warning")
    logger.info("not shown")
    logger.warning("shown")
    assert json.loads(stream.getvalue())["message"] == "shown"


def test_what_is_bound_stands_in_every_line_inside(logger):
    stream = io.StringIO()
    set_up_logging("api", stream=stream)
    with bound(request_id="r1"), bound(run_id=7, token="hunter2"):
        logger.info("inside", extra={"rows": 1})
    logger.info("outside")
    inside, outside = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {name: inside[name] for name in ("request_id", "run_id", "token", "rows")} == {
        "request_id": "r1",
        "run_id": 7,
        "token": MASK,
        "rows": 1,
    }
    assert "request_id" not in outside


def test_what_a_task_binds_stays_in_it(logger):
    stream = io.StringIO()
    set_up_logging("redshift", stream=stream)

    async def statement(number):
        bind(query_id=number)
        await asyncio.sleep(0)
        logger.info("done")

    async def both():
        await asyncio.gather(statement(1), statement(2))
        logger.info("after")

    asyncio.run(both())
    assert [json.loads(line).get("query_id") for line in stream.getvalue().splitlines()] == [1, 2, None]


@pytest.mark.parametrize("given", ["3f2a-77", "Root=1-67891233-abcdef012345678912345678", "a" * 128])
def test_a_request_keeps_its_id(given):
    assert request_id(given) == given


@pytest.mark.parametrize("given", [None, "", "a" * 129, "a b", "a\nb", "a\x00", "é", '"'])
def test_an_id_that_could_not_stand_in_a_header_is_replaced(given):
    made = request_id(given)
    assert len(made) == 16
    assert made != request_id(given)


@pytest.mark.parametrize(("name", "value"), [("LEVEL", "loud"), ("FORMAT", "xml")])
def test_a_wrong_setting_is_named(monkeypatch, name, value):
    monkeypatch.setenv(f"DW_SIMULATOR_LOG_{name}", value)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert f"log.{name.lower()}" in str(caught.value).lower() or f"log_{name}".lower() in str(caught.value).lower()


def test_settings_of_the_log_may_be_in_any_case(monkeypatch):
    monkeypatch.setenv("DW_SIMULATOR_LOG_LEVEL", "WARNING")
    assert load_settings().log.level == "warning"
