"""Opening staged files: compression and character sets."""

from __future__ import annotations

import codecs
import io
import zlib
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa

from dw_simulator.emulators.snowflake import errors

_BY_SUFFIX = {
    ".gz": "GZIP",
    ".gzip": "GZIP",
    ".bz2": "BZ2",
    ".br": "BROTLI",
    ".zst": "ZSTD",
    ".deflate": "DEFLATE",
    ".raw_deflate": "RAW_DEFLATE",
}
_MAGIC = ((b"\x1f\x8b", "GZIP"), (b"BZh", "BZ2"), (b"\x28\xb5\x2f\xfd", "ZSTD"))
_ARROW_CODECS = {"GZIP": "gzip", "BZ2": "bz2", "BROTLI": "brotli", "ZSTD": "zstd"}


def decompressed(source: Any, name: str, compression: str) -> Any:
    """``source`` without its compression; AUTO goes by the first bytes, then by the name.

    Raises:
        SnowflakeError: 000002 for a compression that is not emulated (LZO, SNAPPY framing).
    """
    kind = _detect(source, name) if compression == "AUTO" else compression
    if kind == "NONE":
        return source
    if kind in _ARROW_CODECS:
        return pa.CompressedInputStream(_arrow_file(source), _ARROW_CODECS[kind])
    if kind in ("DEFLATE", "RAW_DEFLATE"):
        return io.BytesIO(zlib.decompress(source.read(), wbits=15 if kind == "DEFLATE" else -15))
    raise errors.UNSUPPORTED_FEATURE(f"COMPRESSION = {kind}")


def _detect(source: Any, name: str) -> str:
    start = source.read(4)
    source.seek(0)
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            return kind
    return _BY_SUFFIX.get(PurePosixPath(name.lower()).suffix, "NONE")


def _arrow_file(source: Any) -> Any:
    return source if isinstance(source, pa.NativeFile) else pa.PythonFile(source, mode="r")


# --- character sets ---
_CODECS = {
    "UTF8": "utf-8",
    "UTF16": "utf-16",
    "UTF16BE": "utf-16-be",
    "UTF16LE": "utf-16-le",
    "UTF32": "utf-32",
    "UTF32BE": "utf-32-be",
    "UTF32LE": "utf-32-le",
    "BIG5": "big5",
    "EUCJP": "euc_jp",
    "EUCKR": "euc_kr",
    "GB18030": "gb18030",
    "ISO2022CN": None,
    "ISO2022JP": "iso2022_jp",
    "ISO2022KR": "iso2022_kr",
    "KOI8R": "koi8_r",
    "SHIFTJIS": "shift_jis",
    **{f"ISO8859{number}": f"iso8859_{number}" for number in (1, 2, 5, 6, 7, 8, 9, 15)},
    **{f"WINDOWS{number}": f"cp{number}" for number in (874, 949, *range(1250, 1259))},
}


def transcoded(source: Any, encoding: str) -> Any:
    """``source`` as UTF-8. Raises SnowflakeError 001008 for a character set that is not emulated."""
    name = _CODECS.get(encoding.replace("-", "").replace("_", ""))
    if name is None:
        raise errors.INVALID_PARAMETER_VALUE(encoding, "ENCODING")
    if name == "utf-8":
        return source
    return codecs.EncodedFile(source, "utf-8", name)
