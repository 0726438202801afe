"""Looking into the object store of the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dw_simulator.config.secrets import resolved
from dw_simulator.errors import InvalidRequest, NotFound, ServiceUnavailable, StagingError
from dw_simulator.staging import BucketInfo, ObjectInfo, ObjectPage, connect_store
from dw_simulator.staging.errors import ObjectStoreError, ObjectStoreUnreachable

if TYPE_CHECKING:
    from dw_simulator.config import Settings
    from dw_simulator.staging import ObjectStore

READ_BYTES = 1 << 18
"""Bytes of one piece of a download."""
DELIMITER = "/"

_MISSING = frozenset({"NoSuchBucket", "NoSuchKey", "InvalidBucketName", "KeyTooLongError", "InvalidURI"})
"""S3's codes for something that is not there, or could not be."""


@dataclass(frozen=True, slots=True)
class Download:
    """An object that is being read: ``read`` gives the next piece, nothing at the end. ``close`` it in any case."""

    size: int | None
    read: Callable[[], bytes]
    close: Callable[[], None]


class Objects:
    """The store's buckets and objects. All methods may be called from any thread.

    Raises (from every method):
        ServiceUnavailable: the store does not answer.
        NotFound: there is no such bucket or object.
        InvalidRequest: the store does not take an argument.
        StagingError: the store refused, for another reason.
        ConfigError, SecretError: the settings of the store cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @contextmanager
    def _store(self) -> Iterator[ObjectStore]:
        s3 = resolved(self._settings, "s3").s3
        with closing(connect_store(s3)) as store, _explained(s3.url):
            yield store

    def buckets(self) -> list[BucketInfo]:
        with self._store() as store:
            return store.buckets()

    def page(self, bucket: str, prefix: str, token: str | None, limit: int) -> ObjectPage:
        """The objects under a prefix, and the longer prefixes up to the next ``/``."""
        with self._store() as store:
            return store.page(bucket, prefix, delimiter=DELIMITER, token=token, limit=limit)

    def head(self, bucket: str, key: str) -> ObjectInfo:
        with self._store() as store:
            return store.head(bucket, key)

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object that is there."""
        with self._store() as store:
            store.head(bucket, key)
            store.delete(bucket, key)

    def download(self, bucket: str, key: str) -> Download:
        """Begin to read an object."""
        with ExitStack() as opening:
            store = opening.enter_context(self._store())
            stream = opening.enter_context(store.open_stream(bucket, key))
            return Download(stream.length, lambda: stream.read(READ_BYTES), opening.pop_all().close)

    @contextmanager
    def opened(self, bucket: str, key: str) -> Iterator[tuple[ObjectStore, ObjectInfo]]:
        """The store, to read parts of an object."""
        with self._store() as store:
            yield store, store.head(bucket, key)


@contextmanager
def _explained(address: str) -> Iterator[None]:
    try:
        yield
    except ObjectStoreUnreachable as error:
        raise ServiceUnavailable("s3", address, reason=error.reason, hint=error.hint) from error
    except ObjectStoreError as error:
        if error.code in _MISSING or error.status == 404:
            raise NotFound(f"there is no s3://{error.bucket}/{error.key or ''}") from error
        if error.status == 400 and error.code.startswith(("Invalid", "Malformed")):
            raise InvalidRequest(f"the object store does not take it: {error.message}") from error
        raise StagingError(f"the object store refused: {error}") from error
