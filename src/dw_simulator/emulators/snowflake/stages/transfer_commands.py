"""PUT and GET: the server says where the files go, the client carries them. Vendor pages: "PUT", "GET"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.results import FileTransfer, ResultColumn, StatementResult, StatementType
from dw_simulator.emulators.snowflake.sessions import Session
from dw_simulator.emulators.snowflake.stages.options import Options, parse_options
from dw_simulator.emulators.snowflake.stages.resolver import Place
from dw_simulator.emulators.snowflake.stages.storage import LocalStorage
from dw_simulator.emulators.snowflake.translation.parser.stream import TokenStream
from dw_simulator.emulators.snowflake.types import model

_FILE = r"('file://(?:[^']|'')*'|file://\S+(?=\s|\Z)|file://[^'/\\]+?(?=\s+['@]))"
"""The bare name of a file may have blanks: drivers put it into a PUT with a wildcard as it is."""
_STAGE = r"""('(?:[^']|'')*'|@"[^"]*"\S*|@\S+|\?|:\d+)"""
_PUT = re.compile(rf"PUT\s+{_FILE}\s+{_STAGE}(.*)", re.I | re.S)
_GET = re.compile(rf"GET\s+{_STAGE}\s+{_FILE}(.*)", re.I | re.S)
_COMMENT = re.compile(r"(?<=\bPUT )\s*/\*.*?\*/|(?<=\bGET )\s*/\*.*?\*/|\A\s*/\*.*?\*/|\A\s*--[^\n]*\n", re.I | re.S)
_COMPRESSED = re.compile(r"\.(gz|gzip|bz2|br|zst|deflate|raw_deflate|snappy|parquet|orc)$", re.I)
_THRESHOLD_BYTES = 209_715_200


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """A parsed PUT or GET: the client's path (without ``file://``), the stage (``?`` for a bound one), the options."""

    file: str
    location: str
    options: Options


def parse_transfer(sql: str) -> TransferRequest:
    """Raises SnowflakeError 001003."""
    sql = _COMMENT.sub("", sql, count=2).strip()
    put = _PUT.match(sql)
    get = None if put else _GET.match(sql)
    match = put or get
    if match is None:
        raise errors.SYNTAX_ERROR(sql.strip().split()[-1] if sql.strip() else "<EOF>")
    first, second, rest = _unquoted(match.group(1)), _unquoted(match.group(2)), match.group(3)
    file, location = (first, second) if put else (second, first)
    stream = TokenStream(rest)
    options = parse_options(stream)
    stream.expect_end()
    return TransferRequest(file[len("file://") :], location.rstrip(";"), options)


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'") if text.startswith("'") else text


def put(session: Session, request: TransferRequest, place: Place) -> StatementResult:
    """What the client needs to upload.

    Drivers that are given URLs ask again for each file, with the bare name under which they will store it. Driver 5
    does so only when a first try is refused, so its first URL stores nothing unless the name in it is final. It sends
    each file of a PUT with the URL that it was given last, so it must not send two at once.
    """
    storage = _internal(place, "PUT")
    options = request.options
    auto_compress = bool(options.get("AUTO_COMPRESS", True))
    overwrite = bool(options.get("OVERWRITE", False))
    name = _asked_for(session, request.file)
    final = "/" not in name and "\\" not in name and not (auto_compress and not _COMPRESSED.search(name))
    shares_urls = _asks_when_refused(session)
    one_file = "*" not in name and "?" not in name and (final or not shares_urls)
    path = _joined(place.path, name.replace("\\", "/").rpartition("/")[2])
    storage.local_path(path)  # refuses one that leaves the stage, before the client reads its file
    url = session.base_url + _grants(session).grant(
        storage if one_file else None, path, writable=True, overwrite=overwrite, suffix=auto_compress
    )
    return _transfer(
        StatementType.PUT,
        {
            "command": "UPLOAD",
            "operation": "Node",
            "src_locations": [request.file],
            "autoCompress": auto_compress,
            "sourceCompression": str(options.get("SOURCE_COMPRESSION", "AUTO_DETECT")).lower(),
            "overwrite": overwrite,
            "parallel": 1 if shares_urls else int(options.get("PARALLEL", 4)),
            "stageInfo": _stage_info(place, url),
        },
    )


def _asked_for(session: Session, path: str) -> str:
    """The file of a PUT, or of the request for one of its files.

    The Node driver makes that request of the PUT's text by putting the file's name in the place of its path, which it
    takes to end at the first blank: the rest of a path with blanks is left behind the name.
    """
    if path.startswith("/") or path[1:2] == ":" or session.client.app_id != "JavaScript":
        session.uploading = path
        return path
    rest = "".join(session.uploading.partition(" ")[1:])
    return path[: -len(rest)] if rest and path.endswith(rest) else path


def _asks_when_refused(session: Session) -> bool:
    client = session.client
    return client.app_id == "PythonConnector" and client.app_version.partition(".")[0] not in ("1", "2", "3", "4")


def get(session: Session, request: TransferRequest, place: Place) -> StatementResult:
    """What the client needs to download: a URL a file."""
    storage = _internal(place, "GET")
    pattern = request.options.get("PATTERN")
    files = place.files(pattern=str(pattern) if pattern is not None else None)
    urls = [session.base_url + _grants(session).grant(storage, file.path) for file in files]
    return _transfer(
        StatementType.GET,
        {
            "command": "DOWNLOAD",
            "operation": "Node",
            "src_locations": [file.path for file in files],
            "presignedUrls": urls,
            "localLocation": request.file,
            "parallel": int(request.options.get("PARALLEL", 10)),
            "stageInfo": _stage_info(place, None),
        },
    )


def _internal(place: Place, what: str) -> LocalStorage:
    if not place.internal or not isinstance(place.storage, LocalStorage):
        raise errors.UNSUPPORTED_FEATURE(f"{what} on an external stage")
    return place.storage


def _grants(session: Session) -> Any:
    if session.transfers is None:
        raise errors.UNSUPPORTED_FEATURE("file transfer in this session")
    return session.transfers


def _joined(path: str, name: str) -> str:
    return f"{path.rstrip('/')}/{name}" if path else name


def _stage_info(place: Place, url: str | None) -> dict[str, Any]:
    return {
        "locationType": "GCS",
        "location": f"stage/{place.path.strip(chr(47))}/" if place.path.strip(chr(47)) else "stage/",
        "path": place.path,
        "region": "us-central1",
        "storageAccount": None,
        "isClientSideEncrypted": False,
        "creds": {},
        "presignedUrl": url,
        "endPoint": None,
        "useRegionalUrl": False,
        "useVirtualUrl": False,
    }


def _transfer(kind: StatementType, data: dict[str, Any]) -> StatementResult:
    shared: dict[str, object] = {"threshold": _THRESHOLD_BYTES, "clientShowEncryptionParameter": False}
    result = StatementResult.rows([ResultColumn("status", model.text())], [], kind)
    result.transfer = FileTransfer({**shared, **data})
    return result
