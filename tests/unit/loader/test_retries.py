import pytest

from dw_simulator.config.groups import LoaderSettings
from dw_simulator.errors import (
    Busy,
    Conflict,
    ServiceUnavailable,
    StagingError,
    WarehouseError,
    WarehouseSqlError,
)
from dw_simulator.loader import Retries, is_transient
from dw_simulator.staging import ObjectStoreError


def staging(code, status=0):
    error = StagingError("staging failed")
    error.__cause__ = ObjectStoreError(code, "text", "bucket", "key", status)
    return error


def sql(code, text="no"):
    return WarehouseSqlError(text, warehouse_code=code)


COPY = "Redshift: S3ServiceException:{} (s3://b/k),Status {},Error {}"
TRANSIENT = [
    ServiceUnavailable("redshift", "127.0.0.1:1"),
    Busy("experiment 'x' is busy"),
    sql("40001"),
    sql("40P01"),
    sql("55P03"),
    sql("53300"),
    sql("000625"),
    sql("390104", "Snowflake: Session no longer exists.  New login required to access the service."),
    sql("390114"),
    sql("XX000", "Redshift: 1023\nDETAIL: Serializable isolation violation on table"),
    sql(
        None,
        'Redshift: invalid input syntax: "conflict with concurrent transaction: another loader has loaded s3://b/k"',
    ),
    sql("XX000", COPY.format("slow down", 503, "SlowDown")),
    sql("XX000", COPY.format("cannot reach", 0, "EndpointUnreachable,CanRetry 1")),
    staging("SlowDown", 503),
    staging("InternalError", 500),
    staging("ThisIsNew", 429),
]
LASTING = [
    Conflict("it exists"),
    WarehouseError("Redshift refused the login"),
    sql("42P01"),
    sql("57014"),
    sql("XX000", COPY.format("denied", 403, "AccessDenied")),
    sql("100071", "Snowflake: Error SlowDown is not a number"),
    staging("AccessDenied", 403),
    staging("NoSuchKey", 404),
    StagingError("no AWS credentials were found"),
]


@pytest.mark.parametrize("error", TRANSIENT, ids=str)
def test_what_may_pass(error):
    assert is_transient(error)


@pytest.mark.parametrize("error", LASTING, ids=str)
def test_what_will_not(error):
    assert not is_transient(error)


@pytest.mark.parametrize(
    ("attempts", "first", "drawn", "waits"),
    [
        (1, 1.0, 0.0, []),
        (4, 1.0, 0.0, [1.0, 2.0, 4.0]),
        (4, 2.0, 1.0, [1.0, 2.0, 4.0]),
        (3, 0.0, 0.5, [0.0, 0.0]),
        (9, 1.0, 0.0, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]),
    ],
)
def test_waits_double_up_to_a_minute_less_what_is_drawn(attempts, first, drawn, waits):
    assert list(Retries(attempts, first, lambda: drawn).waits()) == waits


def test_the_settings_say_how_often():
    waits = list(Retries.of(LoaderSettings(attempts=3, retry_seconds=4.0)).waits())
    assert len(waits) == 2
    assert 2.0 <= waits[0] <= 4.0 <= waits[1] <= 8.0
