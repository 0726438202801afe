"""File functions on the metadata objects of staged files. Vendor page: "File functions".

There is no FILE type here: the functions take the OBJECT that describes a file (STAGE, RELATIVE_PATH, SIZE,
CONTENT_TYPE, LAST_MODIFIED, ETAG …), which the vendor's accept as well.
"""

from __future__ import annotations

from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function, unsupported
from dw_simulator.emulators.snowflake.translation.casts import cast
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
unsupported(
    CATEGORY,
    "BUILD_SCOPED_FILE_URL BUILD_STAGE_FILE_URL GET_ABSOLUTE_PATH GET_PRESIGNED_URL GET_RELATIVE_PATH "
    "GET_STAGE_LOCATION",
    "URLs of staged files are not emulated",
)
