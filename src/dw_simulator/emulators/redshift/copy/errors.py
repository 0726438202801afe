"""What can be wrong with loaded data. Source: "Load error reference", "STL_LOAD_ERRORS"."""

from __future__ import annotations

from dataclasses import dataclass

from dw_simulator.emulators.common.objects import ObjectStoreError
from dw_simulator.emulators.redshift.errors import INTERNAL_ERROR, RedshiftError, boxed

EXTRA_COLUMNS = 1202
OUT_OF_RANGE = 1204
BAD_DATE = 1205
BAD_TIMESTAMP = 1206
BAD_DIGIT = 1207
BAD_FLOAT = 1208
BAD_DECIMAL = 1209
BAD_BOOLEAN = 1210
NULL_IN_NOT_NULL = 1213
DELIMITER_NOT_FOUND = 1214
BAD_LINE = 1216
INVALID_UTF8 = 1220


@dataclass(frozen=True, slots=True)
class LoadProblem:
    """A record that cannot be loaded: one row of stl_load_errors. ``position`` is a byte offset in the field."""

    file: str
    line: int
    column: str
    type: str
    length: str
    raw_line: str
    raw_value: str
    code: int
    reason: str
    position: int = 0


class LoadRejected(Exception):
    """Raised while data is decoded: what is wrong with which record."""

    def __init__(self, problem: LoadProblem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


def load_failed(table: str) -> RedshiftError:
    return RedshiftError(
        INTERNAL_ERROR, f"Load into table '{table}' failed.  Check 'stl_load_errors' system table for details."
    )


def scan_error(code: int, context: str) -> RedshiftError:
    """What COPY from columnar files reports instead of a row in stl_load_errors."""
    return _boxed("Spectrum Scan Error", code, context)


def _boxed(message: str, code: int, context: str) -> RedshiftError:
    return RedshiftError(INTERNAL_ERROR, message, boxed(message, code, context))


def prefix_missing(prefix: str) -> RedshiftError:
    return _boxed(f"The specified S3 prefix '{prefix}' does not exist", 8001, "")


def manifest_invalid(reason: str) -> RedshiftError:
    return _boxed("Problem reading manifest file", 8001, reason)


def mandatory_file_missing(uri: str) -> RedshiftError:
    return _boxed("Mandatory url is not present in manifest file or does not exist", 8001, uri)


def from_store(error: ObjectStoreError) -> RedshiftError:
    """An error of S3 as COPY and UNLOAD report it."""
    status = {"NoSuchBucket": 404, "NoSuchKey": 404, "AccessDenied": 403, "SignatureDoesNotMatch": 403}.get(error.code)
    place = f"s3://{error.bucket}" if getattr(error, "bucket", None) else "S3"
    if error.code == "EndpointUnreachable":
        return _boxed(f"S3ServiceException:{error},Status 0,Error {error.code},CanRetry 1", 8001, place)
    return _boxed(f"S3ServiceException:{error},Status {status or 400},Error {error.code}", 8001, place)
