"""Files on their way between a client and an internal stage: URLs that allow one file to be written or read."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass
from urllib.parse import quote

from dw_simulator.emulators.snowflake.stages.storage import LocalStorage, Storage

TRANSFER_PATH = "/_dw/stage/"
FILES_PATH = "/api/files/"
"""URLs of single files of a stage: ``<db>/<schema>/<stage>/<path>``, or what :meth:`Transfers.grant_folder` signs."""
VALID_SECONDS = 3600.0
_SIGNED_HEADERS = "?X-Goog-SignedHeaders=" + quote(
    "host;x-goog-if-generation-match;x-goog-meta-sfc-digest;x-goog-meta-encryptiondata;x-goog-meta-matdesc;x-goog-hash"
)
"""Drivers send a header only when the URL says that it was signed for; x-goog-if-generation-match is how they ask
that a file be left alone if it is there already."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to read or write one file.

    ``storage`` is None for a URL that only makes drivers ask for a better one. ``suffix`` says that a compressed body
    gets ``.gz`` behind its name: the driver compresses and was not asked under which name.
    """

    storage: LocalStorage | None
    path: str
    writable: bool
    overwrite: bool
    suffix: bool
    expires: float


@dataclass(frozen=True, slots=True)
class FolderGrant:
    """Leave to read the files of a stage whose path is signed with ``secret``."""

    storage: Storage
    secret: str
    expires: float

    def signature(self, path: str) -> str:
        return hashlib.sha256(f"{self.secret}{path}".encode()).hexdigest()


class Transfers:
    """Grants by the token in their URL. Thread-safe."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}
        self._folders: dict[str, FolderGrant] = {}
        self._lock = threading.Lock()

    def grant(
        self,
        storage: LocalStorage | None,
        path: str,
        *,
        writable: bool = False,
        overwrite: bool = True,
        suffix: bool = False,
    ) -> str:
        """The path of a URL on this server, to be put behind its base URL."""
        token = secrets.token_urlsafe(24)
        now = time.monotonic()
        with self._lock:
            self._grants = {key: kept for key, kept in self._grants.items() if kept.expires > now}
            self._grants[token] = Grant(storage, path, writable, overwrite, suffix, now + VALID_SECONDS)
        return f"{TRANSFER_PATH}{token}/{quote(path.rpartition('/')[2])}{_SIGNED_HEADERS}"

    def grant_folder(self, storage: Storage, seconds: float) -> tuple[str, str]:
        """(token, secret) for URLs ``<token>/<signature>/<path>``, which a query may make for each of its rows."""
        token, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        now = time.monotonic()
        with self._lock:
            self._folders = {key: kept for key, kept in self._folders.items() if kept.expires > now}
            self._folders[token] = FolderGrant(storage, secret, now + seconds)
        return token, secret

    def find_in_folder(self, token: str, signature: str, path: str) -> Storage | None:
        """The storage whose file the URL is for; None when it was not given out, or is too old."""
        with self._lock:
            grant = self._folders.get(token)
        if grant is None or grant.expires <= time.monotonic():
            return None
        return grant.storage if hmac.compare_digest(grant.signature(path), signature) else None

    def find(self, token: str) -> Grant | None:
        with self._lock:
            grant = self._grants.get(token)
        return grant if grant is not None and grant.expires > time.monotonic() else None

    def take(self, token: str) -> Grant | None:
        """The grant for an upload, which no second one finds; None when there is none to be had."""
        with self._lock:
            grant = self._grants.get(token)
            if grant is None or not grant.writable or grant.expires <= time.monotonic():
                return None
            return self._grants.pop(token)

    def give_back(self, token: str, grant: Grant) -> None:
        """Let a failed upload be tried again."""
        with self._lock:
            self._grants[token] = grant
