"""Files over objects: random access for reading, streaming for writing."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from dw_simulator.observability import tracing
from dw_simulator.staging.errors import ObjectStoreError, ObjectStoreUnreachable

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from dw_simulator.staging.objects import ObjectStore

PART_BYTES = 16 << 20
"""Size of one part of a streamed upload; S3 wants at least 5 MiB and at most 10,000 parts."""


class ObjectFile(io.RawIOBase):
    """Random access to an object by range requests. Not for several threads at once."""

    def __init__(self, store: ObjectStore, bucket: str, key: str, size: int) -> None:
        self._store = store
        self._bucket = bucket
        self._key = key
        self._size = size
        self._position = 0
        self._trace = tracing.here()  # readers call from threads of their own

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def size(self) -> int:
        return self._size

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        with tracing.under(self._trace):
            data = self._store.read_range(self._bucket, self._key, self._position, wanted)
        self._position += len(data)
        return data

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, target: Buffer) -> int:
        view = memoryview(target).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)


class ObjectOutput(io.RawIOBase):
    """Writes an object of any size in parts. Leaving a ``with`` block by an exception leaves no object."""

    def __init__(self, store: ObjectStore, bucket: str, key: str) -> None:
        self._store = store
        self._bucket = bucket
        self._key = key
        self._pending = bytearray()
        self._upload: str | None = None
        self._etags: list[str] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, data: Buffer) -> int:
        view = memoryview(data).cast("B")
        self._pending += view
        self._written += len(view)
        if len(self._pending) >= PART_BYTES:
            self._send_part()
        return len(view)

    def _send_part(self) -> None:
        if self._upload is None:
            self._upload = self._store.start_upload(self._bucket, self._key)
        number = len(self._etags) + 1
        self._etags.append(self._store.upload_part(self._bucket, self._key, self._upload, number, self._pending))
        self._pending = bytearray()

    def close(self) -> None:
        """Finish: the object exists afterwards."""
        if self.closed:
            return
        try:
            if self._upload is None:
                self._store.write(self._bucket, self._key, self._pending)
            else:
                if self._pending:
                    self._send_part()
                self._store.complete_upload(self._bucket, self._key, self._upload, self._etags)
        except ObjectStoreError:
            self.abort()
            raise
        super().close()

    def abort(self) -> None:
        """Give up: no object is made and no part is left, if the store still answers."""
        if self.closed:
            return
        super().close()
        if self._upload is not None:
            try:
                self._store.abort_upload(self._bucket, self._key, self._upload)
            except ObjectStoreUnreachable:
                return  # the error that made us give up is the one to report

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def __del__(self) -> None:
        """A file that was never closed makes no object (IOBase would close it, which stores it)."""
