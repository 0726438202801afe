"""A small S3 client: thread-safe, pooled keep-alive connections, no dependencies.

It signs with Signature Version 4 and leaves payloads unsigned (``UNSIGNED-PAYLOAD``): hashing them costs more than
sending them to a store on the same machine, and TLS protects them on the way to a real one.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import http.client
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self
from urllib.parse import urlsplit

from dw_simulator.config.trust import client_context, tls_problem
from dw_simulator.observability import tracing
from dw_simulator.observability.tracing import Span, Value
from dw_simulator.staging import listings, sigv4
from dw_simulator.staging.errors import ObjectStoreError, ObjectStoreUnreachable
from dw_simulator.staging.listings import NAMESPACE, BucketInfo, ObjectInfo, ObjectPage
from dw_simulator.staging.object_files import ObjectFile, ObjectOutput

if TYPE_CHECKING:
    import pyarrow as pa
    from typing_extensions import Buffer

READ_WHOLE_BYTES = 64 << 20
"""Objects up to this size are fetched in one request when they are opened."""

_ATTEMPTS = 3
_RETRY_STATUS = frozenset({500, 502, 503, 504})
_CONNECT_SECONDS = 5.0
_TRANSFER_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Credentials:
    access_key: str
    secret_key: str
    session_token: str | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def parse_s3_uri(uri: str) -> tuple[str, str]:
    """``s3://bucket/key`` -> (bucket, key); the key may be empty. Raises ValueError for anything else."""
    scheme, separator, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if not separator or scheme.lower() not in ("s3", "s3a", "s3n", "s3compat") or not bucket:
        raise ValueError(f"not an S3 URI: {uri!r}; write s3://bucket/key")
    return bucket, key


class _Connections:
    """Idle keep-alive connections to one endpoint."""

    def __init__(self, endpoint_url: str, ca_file: Path | None) -> None:
        parts = urlsplit(endpoint_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an endpoint URL: {endpoint_url!r}; write http://host:port")
        self.endpoint_url = endpoint_url
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port or (443 if self._secure else 80)
        self.host_header = parts.netloc.rpartition("@")[2]
        self._ca_file = ca_file
        self._tls = client_context(ca_file) if self._secure else None
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def take(self) -> tuple[http.client.HTTPConnection, bool]:
        """A connection, and whether it was used before (its peer may have closed it meanwhile)."""
        with self._lock:
            if self._idle:
                return self._idle.pop(), True
        if self._tls is not None:
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=_CONNECT_SECONDS, context=self._tls, blocksize=1 << 20
            ), False
        return http.client.HTTPConnection(self._host, self._port, timeout=_CONNECT_SECONDS, blocksize=1 << 20), False

    def unreachable(self, error: Exception) -> ObjectStoreUnreachable:
        problem = tls_problem(error, self._ca_file)
        if problem is not None:
            return ObjectStoreUnreachable(self.endpoint_url, *problem)
        return ObjectStoreUnreachable(self.endpoint_url, _reason(error))

    def give_back(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._idle.append(connection)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


class _Readable(Protocol):
    length: int | None
    """Bytes that are still to come, where the store says it."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass
class ObjectStore:
    """The objects of one S3 endpoint. All methods may be called from any thread.

    ``virtual_hosts``: a bucket has a host name of its own, as AWS wants it, unless its name has dots, which
    certificates do not cover; otherwise it is the first part of the path. ``ca_file``: a CA to trust besides the public
    ones.
    """

    endpoint_url: str
    credentials: Callable[[], Credentials]
    region: str
    virtual_hosts: bool = False
    ca_file: Path | None = None
    _connections: _Connections = field(init=False, repr=False)
    _of_buckets: dict[str, _Connections] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._connections = _Connections(self.endpoint_url, self.ca_file)

    def place(self, bucket: str, key: str) -> tuple[str, str]:
        """The endpoint URL and the path that requests for an object, or with an empty key for the bucket, go to."""
        if not self.virtual_hosts or not bucket or "." in bucket:
            return self.endpoint_url, f"/{bucket}/{key}" if key else f"/{bucket}"
        scheme, _, rest = self.endpoint_url.partition("://")
        return f"{scheme}://{bucket}.{rest}", f"/{key}"

    def _connections_to(self, url: str) -> _Connections:
        if url == self.endpoint_url:
            return self._connections
        return self._of_buckets.get(url) or self._of_buckets.setdefault(url, _Connections(url, self.ca_file))

    @classmethod
    def connect(
        cls,
        endpoint_url: str,
        access_key: str,
        secret_key: str,
        region: str,
        session_token: str | None = None,
        *,
        ca_file: Path | None = None,
    ) -> ObjectStore:
        """Make a client with fixed keys. No request is sent."""
        credentials = Credentials(access_key, secret_key, session_token)
        return cls(endpoint_url, lambda: credentials, region, ca_file=ca_file)

    def close(self) -> None:
        """Close idle connections. The store may be used again."""
        self._connections.close()
        for connections in list(self._of_buckets.values()):
            connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # --- buckets ------------------------------------------------------------------------------------------------
    def buckets(self) -> list[BucketInfo]:
        """The buckets of the keys' owner, in the order of their names."""
        return listings.buckets(self._ok("GET", "", "").body)

    def bucket_exists(self, bucket: str) -> bool:
        answer = self._send("HEAD", bucket, "")
        if answer.status == 404:
            return False
        _check(answer, bucket, None)
        return True

    def create_bucket(self, bucket: str) -> None:
        """Create it; a bucket of one's own that exists already is fine."""
        body = b""
        if self.region != "us-east-1":
            location = f"<LocationConstraint>{self.region}</LocationConstraint>"
            body = (
                f'<CreateBucketConfiguration xmlns="{NAMESPACE[1:-1]}">{location}</CreateBucketConfiguration>'.encode()
            )
        answer = self._send("PUT", bucket, "", body=body)
        if answer.status == 409 and _error_of(answer, bucket, None).code == "BucketAlreadyOwnedByYou":
            return
        _check(answer, bucket, None)

    # --- objects ------------------------------------------------------------------------------------------------
    def list(self, bucket: str, prefix: str = "") -> list[ObjectInfo]:
        """Every object whose key starts with ``prefix``, in key order."""
        return [info for page in self._pages(bucket, prefix) for info in page]

    def page(
        self, bucket: str, prefix: str = "", *, delimiter: str = "", token: str | None = None, limit: int = 1000
    ) -> ObjectPage:
        """Part of a listing, at most ``limit`` objects and prefixes."""
        query = {"list-type": "2", "prefix": prefix, "max-keys": str(limit), "encoding-type": "url"}
        query |= {"delimiter": delimiter} if delimiter else {}
        query |= {"continuation-token": token} if token else {}
        return listings.page(self._ok("GET", bucket, "", query).body)

    def _pages(self, bucket: str, prefix: str) -> Iterator[Sequence[ObjectInfo]]:
        query = {"list-type": "2", "prefix": prefix, "max-keys": "1000"}
        while True:
            root = ET.fromstring(self._ok("GET", bucket, "", query).body)  # noqa: S314 - the store we are configured to trust
            yield [listings.object_info(node) for node in root.iter(f"{NAMESPACE}Contents")]
            token = root.findtext(f"{NAMESPACE}NextContinuationToken")
            if not token:
                return
            query["continuation-token"] = token

    def head(self, bucket: str, key: str) -> ObjectInfo:
        answer = self._send("HEAD", bucket, key)
        if answer.status == 404:
            raise ObjectStoreError("NoSuchKey", "the specified key does not exist", bucket, key, 404)
        _check(answer, bucket, key)
        modified = dt.datetime.strptime(answer.headers["last-modified"], "%a, %d %b %Y %H:%M:%S %Z")
        size = int(answer.headers["content-length"])
        return ObjectInfo(key, size, answer.headers.get("etag", "").strip('"'), modified.replace(tzinfo=dt.UTC))

    def read(self, bucket: str, key: str) -> bytes:
        """The whole object."""
        return self._ok("GET", bucket, key).body

    def read_range(self, bucket: str, key: str, start: int, length: int) -> bytes:
        """``length`` bytes from ``start``; fewer at the end of the object."""
        if length <= 0:
            return b""
        return self._ok("GET", bucket, key, headers={"range": f"bytes={start}-{start + length - 1}"}).body

    def open(self, bucket: str, key: str) -> pa.NativeFile:
        """A random-access file over the object: in memory if it is small, by range requests otherwise."""
        import pyarrow as pa  # late: the S3 server and most commands never open an object

        size = self.head(bucket, key).size
        if size <= READ_WHOLE_BYTES:
            return pa.BufferReader(self.read(bucket, key))
        return pa.PythonFile(ObjectFile(self, bucket, key, size), mode="r")

    @contextmanager
    def open_stream(self, bucket: str, key: str) -> Iterator[_Readable]:
        """The object's bytes in order, from one request; ``read(n)`` gives up to n bytes."""
        span = self._open_span("GET", bucket, key)
        with span.active():
            connection, response, pool = self._start("GET", bucket, key, {}, {}, b"")
        try:
            _note_status(span, response.status)
            if response.status >= 300:
                raise _error_of(_Answer(response.status, _lower(response), response.read()), bucket, key)
            yield response
        finally:
            span.end()
            if response.isclosed():
                pool.give_back(connection)
            else:
                connection.close()

    def write(self, bucket: str, key: str, data: Buffer) -> str:
        """Store the object in one request; it appears whole or not at all. Returns its ETag."""
        return self._ok("PUT", bucket, key, body=data).headers.get("etag", "").strip('"')

    def open_output(self, bucket: str, key: str) -> ObjectOutput:
        """A file to write the object to; it appears when the file is closed without an error."""
        return ObjectOutput(self, bucket, key)

    def delete(self, bucket: str, key: str) -> None:
        """Delete the object; one that does not exist is fine."""
        self._ok("DELETE", bucket, key)

    def delete_many(self, bucket: str, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), 1000):
            root = ET.Element("Delete", xmlns=NAMESPACE[1:-1])
            ET.SubElement(root, "Quiet").text = "true"
            for key in keys[start : start + 1000]:
                ET.SubElement(ET.SubElement(root, "Object"), "Key").text = key
            self._delete_page(bucket, ET.tostring(root, encoding="utf-8", xml_declaration=True))

    def _delete_page(self, bucket: str, body: bytes) -> None:
        digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        answer = self._ok("POST", bucket, "", {"delete": ""}, {"content-md5": digest}, body)
        failed = ET.fromstring(answer.body).find(f"{NAMESPACE}Error")  # noqa: S314
        if failed is not None:
            code, message, key = (failed.findtext(f"{NAMESPACE}{tag}") or "" for tag in ("Code", "Message", "Key"))
            raise ObjectStoreError(code, message, bucket, key)

    # --- multipart, for ObjectOutput -------------------------------------------------------------------------------
    def start_upload(self, bucket: str, key: str) -> str:
        root = ET.fromstring(self._ok("POST", bucket, key, {"uploads": ""}).body)  # noqa: S314
        return root.findtext(f"{NAMESPACE}UploadId") or ""

    def upload_part(self, bucket: str, key: str, upload: str, number: int, data: Buffer) -> str:
        query = {"partNumber": str(number), "uploadId": upload}
        return self._ok("PUT", bucket, key, query, body=data).headers["etag"]

    def complete_upload(self, bucket: str, key: str, upload: str, etags: Sequence[str]) -> None:
        root = ET.Element("CompleteMultipartUpload", xmlns=NAMESPACE[1:-1])
        for number, etag in enumerate(etags, 1):
            part = ET.SubElement(root, "Part")
            ET.SubElement(part, "PartNumber").text = str(number)
            ET.SubElement(part, "ETag").text = etag
        answer = self._ok("POST", bucket, key, {"uploadId": upload}, body=ET.tostring(root))
        if b"<Error>" in answer.body:  # S3 may fail after it has sent status 200
            raise _error_of(answer, bucket, key)

    def abort_upload(self, bucket: str, key: str, upload: str) -> None:
        self._ok("DELETE", bucket, key, {"uploadId": upload})

    # --- requests -------------------------------------------------------------------------------------------------
    def _ok(
        self,
        method: str,
        bucket: str,
        key: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Buffer = b"",
    ) -> _Answer:
        answer = self._send(method, bucket, key, query, headers, body)
        _check(answer, bucket, key)
        return answer

    def _send(
        self,
        method: str,
        bucket: str,
        key: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Buffer = b"",
    ) -> _Answer:
        """One request, repeated when the store says that it is busy."""
        if not tracing.is_on():
            return self._exchange(method, bucket, key, query or {}, headers or {}, body)
        with tracing.around(self._open_span(method, bucket, key)) as span:
            span.set({"http.request.body.size": memoryview(body).nbytes})
            answer = self._exchange(method, bucket, key, query or {}, headers or {}, body)
            span.set({"http.response.body.size": len(answer.body)})
            _note_status(span, answer.status)
            return answer

    def _exchange(
        self, method: str, bucket: str, key: str, query: Mapping[str, str], headers: Mapping[str, str], body: Buffer
    ) -> _Answer:
        for attempt in range(_ATTEMPTS):
            connection, response, pool = self._start(method, bucket, key, query, headers, body)
            try:
                answer = _Answer(response.status, _lower(response), response.read())
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                raise pool.unreachable(error) from error
            if response.will_close:
                connection.close()
            else:
                pool.give_back(connection)
            if answer.status not in _RETRY_STATUS or attempt == _ATTEMPTS - 1:
                return answer
            time.sleep(0.1 * 4**attempt)
        raise AssertionError("unreachable")

    def _open_span(self, method: str, bucket: str, key: str) -> Span:
        """A client span, as OpenTelemetry's "Semantic conventions for HTTP client spans" and "… for AWS S3" name it."""
        template = "/{bucket}/{key}" if key else "/{bucket}"
        address = urlsplit(self.place(bucket, key)[0])
        attributes: dict[str, Value] = {
            "http.request.method": method,
            "url.template": template,
            "server.address": address.hostname or "",
            "server.port": address.port or (443 if address.scheme == "https" else 80),
            "aws.s3.bucket": bucket,
        }
        if key:
            attributes["aws.s3.key"] = key
        return tracing.start_span(f"{method} {template}", attributes, kind="client")

    def _start(
        self, method: str, bucket: str, key: str, query: Mapping[str, str], headers: Mapping[str, str], body: Buffer
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse, _Connections]:
        """Send a request, up to the headers of its answer. A stale pooled connection is replaced once."""
        url, path = self.place(bucket, key)
        pool = self._connections_to(url)
        signed = self._sign(method, path, query, headers, pool.host_header)
        signed["content-length"] = str(memoryview(body).nbytes)
        signed.update(tracing.current_headers())  # unsigned: whoever stands in between may add a span of its own
        target = sigv4.uri_encode(path, keep_slash=True)
        if query:
            target += "?" + sigv4.canonical_query(query.items())
        while True:
            connection, used = pool.take()
            try:
                if connection.sock is None:
                    _open(connection)
                connection.request(method, target, body=body or None, headers=signed)
                return connection, connection.getresponse(), pool
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if used and isinstance(error, ConnectionError | http.client.RemoteDisconnected):
                    continue
                raise pool.unreachable(error) from error

    def _sign(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], host: str
    ) -> dict[str, str]:
        credentials = self.credentials()
        timestamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        signed = {
            **headers,
            "host": host,
            "x-amz-date": timestamp,
            "x-amz-content-sha256": sigv4.UNSIGNED_PAYLOAD,
        }
        if credentials.session_token:
            signed["x-amz-security-token"] = credentials.session_token
        scope = f"{timestamp[:8]}/{self.region}/s3/aws4_request"
        canonical = sigv4.canonical_request(method, path, query.items(), signed, signed, sigv4.UNSIGNED_PAYLOAD)
        key = sigv4.signing_key(credentials.secret_key, timestamp[:8], self.region)
        mark = sigv4.signature(key, sigv4.string_to_sign(timestamp, scope, canonical))
        names = ";".join(sorted(signed))
        signed["authorization"] = (
            f"{sigv4.ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={mark}"
        )
        return signed


def _note_status(span: Span, status: int) -> None:
    span.set({"http.response.status_code": status})
    if status >= 400:
        span.fail(str(status))


def _open(connection: http.client.HTTPConnection) -> None:
    """Connect in short time; then allow for slow transfers, since the limit is on the whole of one send."""
    connection.connect()
    connection.sock.settimeout(_TRANSFER_SECONDS)


def _lower(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def _check(answer: _Answer, bucket: str, key: str | None) -> None:
    if answer.status >= 300:
        raise _error_of(answer, bucket, key)


_STATUS_CODES = {403: "AccessDenied", 404: "NoSuchKey", 405: "MethodNotAllowed", 412: "PreconditionFailed"}


def _error_of(answer: _Answer, bucket: str, key: str | None) -> ObjectStoreError:
    """The S3 error of an answer. HEAD has no body, so the status must do."""
    code = _STATUS_CODES.get(answer.status, f"HTTP{answer.status}")
    message = http.client.responses.get(answer.status, "unknown error")
    if answer.status == 404 and not key:
        code = "NoSuchBucket"
    try:
        root = ET.fromstring(answer.body)  # noqa: S314
    except ET.ParseError:
        return ObjectStoreError(code, message, bucket, key, answer.status)
    return ObjectStoreError(
        root.findtext("Code") or code, root.findtext("Message") or message, bucket, key, answer.status
    )
