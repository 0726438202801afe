import io
import json
import logging

import pytest

from dw_simulator.errors import ConfigError
from dw_simulator.observability.logs import MASK, mask_secrets, readable_from_json, set_up_logging

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
    """The root logger is put back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield logging.getLogger("dw_simulator.test")
    logging.captureWarnings(False)
    logging.raiseExceptions = True
    root.handlers[:] = handlers
    root.setLevel(level)


def test_json_lines_without_a_terminal(logger):
    stream = io.StringIO()
    set_up_logging("redshift", stream=stream, environment={})
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
        set_up_logging("s3", stream=stream, environment={"DW_SIMULATOR_LOG_FORMAT": form})
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
    set_up_logging("s3", stream=stream, environment={"DW_SIMULATOR_LOG_LEVEL": "WARNING"})
    logger.info("not shown")
    logger.warning("shown")
    assert json.loads(stream.getvalue())["message"] == "shown"


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("DW_SIMULATOR_LOG_LEVEL", "loud", "debug, info, warning, error"),
        ("DW_SIMULATOR_LOG_FORMAT", "xml", "auto, text, json"),
    ],
)
def test_a_wrong_variable_is_named(variable, value, allowed):
    with pytest.raises(ConfigError) as caught:
        set_up_logging("s3", stream=io.StringIO(), environment={variable: value})
    assert caught.value.message == f"{variable} is {value!r}"
    assert caught.value.hint == f"it can be: {allowed}"
