"""File functions on the metadata objects of staged files. Vendor page: "File functions".

There is no FILE type here: the functions take the OBJECT that describes a file (STAGE, RELATIVE_PATH, SIZE,
CONTENT_TYPE, LAST_MODIFIED, ETAG …), which the vendor's accept as well.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function, unsupported
from dw_simulator.emulators.snowflake.stages.location import parse_location
from dw_simulator.emulators.snowflake.stages.resolver import Place
from dw_simulator.emulators.snowflake.stages.transfers import FILES_PATH
from dw_simulator.emulators.snowflake.translation.casts import cast
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.translation.variants import get_constant
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "File"
_FIELDS = {
    "FL_GET_CONTENT_TYPE": ("CONTENT_TYPE", m.text()),
    "FL_GET_ETAG": ("ETAG", m.text()),
    "FL_GET_LAST_MODIFIED": ("LAST_MODIFIED", m.timestamp_ltz()),
    "FL_GET_RELATIVE_PATH": ("RELATIVE_PATH", m.text()),
    "FL_GET_SCOPED_FILE_URL": ("SCOPED_FILE_URL", m.text()),
    "FL_GET_SIZE": ("SIZE", m.number(38, 0)),
    "FL_GET_STAGE": ("STAGE", m.text()),
    "FL_GET_STAGE_FILE_URL": ("STAGE_FILE_URL", m.text()),
}
_DOCUMENTS = (
    "application/pdf", "application/msword", "application/vnd.ms-", "application/vnd.openxmlformats-officedocument.",
    "application/rtf", "text/plain", "text/html", "text/markdown",
)  # fmt: skip
_COMPRESSED = (
    "application/gzip", "application/x-gzip", "application/zip", "application/x-bzip2", "application/zstd",
    "application/x-brotli", "application/x-7z-compressed", "application/x-tar",
)  # fmt: skip
_KINDS = {
    "FL_IS_AUDIO": ("audio/",),
    "FL_IS_COMPRESSED": _COMPRESSED,
    "FL_IS_DOCUMENT": _DOCUMENTS,
    "FL_IS_IMAGE": ("image/",),
    "FL_IS_VIDEO": ("video/",),
}


def _field(call: FunctionCall, name: str, kind: m.SnowflakeType) -> Typed:
    value = call.arg(0)
    if value.kind not in ("OBJECT", "VARIANT", "NULL"):
        raise call.wrong_types()
    text = call.binder.coerce(value, m.variant()).sql
    return cast(Typed(get_constant(text, [name]), m.variant()), kind, call.binder.env)


@function(" ".join(_FIELDS), CATEGORY, 1)
def field(call: FunctionCall) -> Typed:
    return _field(call, *_FIELDS[call.name])


@function(" ".join(_KINDS), CATEGORY, 1)
def is_kind(call: FunctionCall) -> Typed:
    content = _field(call, "CONTENT_TYPE", m.text()).sql
    tests = " OR ".join(f"starts_with({content}, '{start}')" for start in _KINDS[call.name])
    return Typed(f"({tests})", m.boolean())


@function("FL_GET_FILE_TYPE", CATEGORY, 1)
def file_type(call: FunctionCall) -> Typed:
    """image, audio, video, document, compressed or unknown."""
    content = _field(call, "CONTENT_TYPE", m.text()).sql
    sql = "CASE"
    for name, starts in _KINDS.items():
        tests = " OR ".join(f"starts_with({content}, '{start}')" for start in starts)
        sql += f" WHEN {tests} THEN '{name.removeprefix('FL_IS_').lower()}'"
    return Typed(f"({sql} WHEN {content} IS NOT NULL THEN 'unknown' END)", m.text())


unsupported(CATEGORY, "TO_FILE TRY_TO_FILE", "there is no FILE type")


# --- URLs and paths ---------------------------------------------------------------------------------------------------
DAY_SECONDS = 86_400
PRESIGNED_SECONDS = (60, 3_600, 604_800)
"""The shortest, the usual and the longest life of a presigned URL."""


def _stage(call: FunctionCall) -> tuple[Any, Place]:
    """(the files of the session, the place that the first argument names). Raises SnowflakeError: no such stage."""
    call.binder.env.volatile = True
    files = call.binder.env.hints.get("files")
    if files is None:
        raise errors.UNSUPPORTED_FEATURE(f"{call.name} in this place")
    return files, files.place(str(call.constant(0)))


def _encoded(sql: str) -> str:
    return f"replace(url_encode({sql}), '%2F', '/')"


def _signed(call: FunctionCall, seconds: int) -> Typed:
    files, place = _stage(call)
    session = files.session
    if session.transfers is None:
        raise errors.UNSUPPORTED_FEATURE(f"{call.name} in this session")
    token, secret = session.transfers.grant_folder(place.storage, seconds)
    path = f"ltrim({call.sql(1, 't')}, '/')"
    base = literal(f"{session.base_url}{FILES_PATH}{token}/")
    return Typed(f"({base} || sha256({literal(secret)} || {path}) || '/' || {_encoded(path)})", m.text())


@function("GET_PRESIGNED_URL", CATEGORY, 2, 3)
def get_presigned_url(call: FunctionCall) -> Typed:
    shortest, usual, longest = PRESIGNED_SECONDS
    seconds = call.constant(2, usual)
    if not isinstance(seconds, int) or not shortest <= seconds <= longest:
        raise errors.INVALID_PARAMETER_VALUE(seconds, "expiration_time")
    return _signed(call, seconds)


@function("BUILD_SCOPED_FILE_URL", CATEGORY, 2)
def build_scoped_file_url(call: FunctionCall) -> Typed:
    return _signed(call, DAY_SECONDS)


@function("BUILD_STAGE_FILE_URL", CATEGORY, 2)
def build_stage_file_url(call: FunctionCall) -> Typed:
    files, _ = _stage(call)
    location = parse_location(str(call.constant(0)))
    if location.kind != "named":
        raise errors.UNSUPPORTED_FEATURE("BUILD_STAGE_FILE_URL of a user or table stage")
    entry = files.catalog.require("STAGE", location.name)
    base = f"{files.session.base_url}{FILES_PATH}{'/'.join(quote(part) for part in entry.parts)}/"
    return Typed(f"({literal(base)} || {_encoded(call.sql(1, 't'))})", m.text())


@function("GET_STAGE_LOCATION", CATEGORY, 1)
def get_stage_location(call: FunctionCall) -> Typed:
    """The URL of an external stage; an internal one is named by its own place here."""
    return Typed(literal(_stage(call)[1].location), m.text())


@function("GET_ABSOLUTE_PATH", CATEGORY, 2)
def get_absolute_path(call: FunctionCall) -> Typed:
    location = literal(_stage(call)[1].location)
    return Typed(f"({location} || ltrim({call.sql(1, 't')}, '/'))", m.text())


@function("GET_RELATIVE_PATH", CATEGORY, 2)
def get_relative_path(call: FunctionCall) -> Typed:
    location, path = literal(_stage(call)[1].location), call.sql(1, "t")
    inside = f"substr({path}, length({location}) + 1)"
    return Typed(f"CASE WHEN starts_with({path}, {location}) THEN {inside} ELSE {path} END", m.text())
