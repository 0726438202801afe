"""What the S3 store counts."""

from __future__ import annotations

from collections.abc import Mapping

from dw_simulator.emulators.s3.protocol.request import Response
from dw_simulator.observability.metrics import HTTP_REQUESTS, HTTP_SECONDS, Metric, Registry

SERVICE = "s3"
BYTES = Metric(
    "dw_simulator_s3_bytes_total",
    "counter",
    "Bytes of bodies, as their Content-Length says: received by successful requests, sent in answers",
    ("direction",),
)
CONNECTIONS = Metric("dw_simulator_s3_connections_active", "gauge", "TCP connections that are open")
METRICS = (BYTES, CONNECTIONS)


class S3Metrics:
    """The counts of one store."""

    def __init__(self) -> None:
        self.registry = Registry(SERVICE, (HTTP_REQUESTS, HTTP_SECONDS, BYTES))

    def request(
        self, method: str, operation: str, headers: Mapping[str, str], response: Response, seconds: float
    ) -> None:
        """A request was answered. ``operation`` is S3's own name for it, such as PutObject."""
        self.registry.count(HTTP_REQUESTS, SERVICE, method, operation, str(response.status))
        self.registry.observe(HTTP_SECONDS, seconds, SERVICE, method, operation)
        size = headers.get("x-amz-decoded-content-length") or headers.get("content-length", "")
        if response.status < 300 and size.isdecimal():
            self.registry.count(BYTES, "received", by=int(size))
        if method != "HEAD":
            self.registry.count(BYTES, "sent", by=response.length)
