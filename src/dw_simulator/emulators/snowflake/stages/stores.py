"""The S3 endpoints that stages point at, one pooled client each."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

from dw_simulator.config import S3Settings
from dw_simulator.emulators.common.objects import ObjectStore, parse_s3_uri
from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.stages.storage import S3Storage

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ObjectStores:
    """Clients by endpoint and keys. Where a stage names neither, those of the settings are used. Thread-safe."""

    def __init__(self, settings: S3Settings) -> None:
        self._settings = settings
        self._clients: dict[tuple[str, str, str, str | None], ObjectStore] = {}
        self._lock = threading.Lock()

    def storage(
        self,
        url: str,
        credentials: Mapping[str, str] | None = None,
        endpoint: str | None = None,
        *,
        folder: bool = False,
    ) -> S3Storage:
        """The files below ``url``; ``folder`` says that paths are joined to it with a slash.

        Raises:
            SnowflakeError: 091003, the URL is not one of S3.
        """
        try:
            bucket, prefix = parse_s3_uri(url)
        except ValueError as error:
            raise errors.FILE_ACCESS(str(error)) from error
        if folder and prefix and not prefix.endswith("/"):
            prefix += "/"
        scheme = url.partition("://")[0].lower()
        return S3Storage(self._client(credentials or {}, endpoint), bucket, prefix, scheme)

    def _client(self, credentials: Mapping[str, str], endpoint: str | None) -> ObjectStore:
        settings = self._settings
        key = credentials.get("AWS_KEY_ID") or settings.access_key
        secret = credentials.get("AWS_SECRET_KEY") or settings.secret_key.get_secret_value()
        token = credentials.get("AWS_TOKEN") or None
        url = self._endpoint_url(endpoint)
        with self._lock:
            client = self._clients.get((url, key, secret, token))
            if client is None:
                client = ObjectStore.connect(url, key, secret, settings.region, token, ca_file=settings.ca_file)
                self._clients[url, key, secret, token] = client
        return client

    def _endpoint_url(self, endpoint: str | None) -> str:
        """ENDPOINT of s3compat stages has no scheme: that of our own store, else plain HTTP here and TLS elsewhere."""
        if not endpoint:
            return self._settings.url
        named = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}")
        host, own = named.hostname or "", urlsplit(self._settings.url)
        # In a container, a client's loopback is not the server's.
        if endpoint == own.netloc or (host in _LOOPBACK and self._settings.published):
            return self._settings.url
        if named.scheme:
            return endpoint
        return f"{'http' if host in _LOOPBACK else 'https'}://{endpoint}"

    def close(self) -> None:
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()
