"""The web UI: the files that `make ui` built, and its start page for every path that only the UI's own router knows.

Files are looked up in a list made by walking the folder, never by joining a path of a request to it: there is no way
out of the folder, and links in it are not followed.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dw_simulator.api.security import PAGE_POLICY, PROTECTED, is_below

FOLDER = Path(__file__).parent / "ui"
"""Where `make ui` puts the built UI; part of the wheel."""

INDEX = "/index.html"
ASSETS = "/assets"
"""Below it file names hold a hash of the content."""

FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"

COMPRESSED = ".gz"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}

NOT_BUILT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>dw-simulator</title></head>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>The web UI is not built</h1>
<p>This server answers, but the files of its web UI are not there. In the project's folder run</p>
<pre><code>make ui</code></pre>
<p>and load this page again. It needs Node.js 20.19 or newer; a released package has the UI in it.</p>
<p>Meanwhile: <a href="/docs">the REST API</a>, and the command <code>dw-sim --help</code>.</p>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the UI, by the path under which it is asked for; ``tag`` is an entity tag without quotes."""

    path: Path
    media_type: str
    tag: str
    cache: str
    has_compressed: bool


class WebUi:
    """ASGI app for what no route of the API answers; ``otherwise`` answers what is not the UI's either."""

    def __init__(self, otherwise: ASGIApp, folder: Path = FOLDER) -> None:
        self._otherwise = otherwise
        self._folder = folder
        self._files: Mapping[str, File] = {}
        self._built: int | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = None
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            response = await asyncio.to_thread(self._response, scope["path"], Headers(scope=scope))
        await (response or self._otherwise)(scope, receive, send)

    def _response(self, path: str, headers: Headers) -> Response | None:
        if any(is_below(path, prefix) for prefix in PROTECTED):
            return None
        self._look()
        is_page = path == "/" or (not is_below(path, ASSETS) and "text/html" in headers.get("accept", ""))
        file = self._files.get(path) or (self._files.get(INDEX) if is_page else None)
        try:
            if file is not None:
                return _content(file, headers)
        except FileNotFoundError:
            self._built = None
        if not is_page:
            return None
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return Response(NOT_BUILT, status, {"content-security-policy": PAGE_POLICY}, "text/html")

    def _look(self) -> None:
        """List the files again if the UI was built anew."""
        try:
            built = (self._folder / INDEX[1:]).stat().st_mtime_ns
        except FileNotFoundError:
            self._built, self._files = None, {}
            return
        if built != self._built:
            self._files, self._built = files_in(self._folder), built


def files_in(folder: Path) -> dict[str, File]:
    """The files below ``folder`` by their path in an address. Links and hidden files are left out."""
    found: dict[str, File] = {}
    for here, folders, names in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(here, name)
            if name.startswith(".") or path.suffix == COMPRESSED or path.is_symlink():
                continue
            address = f"/{path.relative_to(folder).as_posix()}"
            compressed = path.with_name(name + COMPRESSED)
            found[address] = File(
                path=path,
                media_type=MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
                tag=hashlib.sha256(path.read_bytes()).hexdigest()[:20],
                cache=FOREVER if is_below(address, ASSETS) else ASK_AGAIN,
                has_compressed=compressed.is_file() and not compressed.is_symlink(),
            )
    return found


def _content(file: File, asked: Headers) -> Response:
    headers = {"cache-control": file.cache, "content-security-policy": PAGE_POLICY}
    path, tag = file.path, file.tag
    if file.has_compressed:
        headers["vary"] = "Accept-Encoding"
        if _takes_gzip(asked.get("accept-encoding", "")):
            path, tag = path.with_name(path.name + COMPRESSED), f"{tag}-gz"
            headers["content-encoding"] = "gzip"
    headers["etag"] = f'"{tag}"'
    if _knows(asked.get("if-none-match", ""), tag):
        headers.pop("content-encoding", None)
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(path.read_bytes(), headers=headers, media_type=file.media_type)


def _takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header allows gzip (RFC 9110 section 12.5.3)."""
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in ("gzip", "x-gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _knows(header: str, tag: str) -> bool:
    """Whether an If-None-Match header names the entity tag."""
    tags = (part.strip().removeprefix("W/") for part in header.split(","))
    return any(each in ("*", f'"{tag}"') for each in tags)
