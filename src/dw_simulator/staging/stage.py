"""The control side's store of generated files: one bucket, keys by experiment, run and table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dw_simulator.config import S3Settings, Settings
from dw_simulator.config.logins import check_s3, is_aws
from dw_simulator.config.secrets import resolved
from dw_simulator.errors import ServiceUnavailable, StagingError
from dw_simulator.staging.errors import ObjectStoreError, ObjectStoreUnreachable
from dw_simulator.staging.listings import ObjectInfo
from dw_simulator.staging.objects import Credentials, ObjectStore

if TYPE_CHECKING:
    import pyarrow as pa
    from typing_extensions import Buffer


@dataclass(frozen=True, slots=True)
class StagedObject:
    """A staged file; ``size`` in bytes."""

    key: str
    uri: str
    size: int


class Stage:
    """A bucket. All methods may be called from any thread.

    Raises (from every method that asks the store):
        StagingError: the store refused; the message has its own code.
        ServiceUnavailable: it does not answer.
    """

    def __init__(self, store: ObjectStore, bucket: str, address: str) -> None:
        self.store = store
        self.bucket = bucket
        self._address = address

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ObjectStoreUnreachable as error:
            raise ServiceUnavailable("s3", self._address, reason=error.reason, hint=error.hint) from error
        except ObjectStoreError as error:
            raise StagingError(f"staging failed: {error}", hint=_HINTS.get(error.code)) from error

    def ensure_bucket(self) -> None:
        """Create the bucket if it is not there."""
        with self._translated():
            if not self.store.bucket_exists(self.bucket):
                self.store.create_bucket(self.bucket)

    def has_bucket(self) -> bool:
        with self._translated():
            return self.store.bucket_exists(self.bucket)

    def put(self, key: str, data: Buffer) -> None:
        """Store a file; it appears whole or not at all."""
        with self._translated():
            self.store.write(self.bucket, key, data)

    def list(self, prefix: str) -> list[StagedObject]:
        """The files under ``prefix``, in key order."""
        with self._translated():
            found = self.store.list(self.bucket, prefix)
        return [StagedObject(info.key, self.uri(info.key), info.size) for info in found]

    def delete_prefix(self, prefix: str) -> int:
        """Delete every file under ``prefix``; returns how many there were. A missing bucket has none."""
        with self._translated():
            try:
                keys = [info.key for info in self.store.list(self.bucket, prefix)]
            except ObjectStoreError as error:
                if error.code == "NoSuchBucket":
                    return 0
                raise
            self.store.delete_many(self.bucket, keys)
        return len(keys)

    def open(self, key: str, bucket: str | None = None) -> pa.NativeFile:
        """A random-access file, of another bucket if one is named."""
        with self._translated():
            return self.store.open(bucket or self.bucket, key)

    def head(self, key: str, bucket: str) -> ObjectInfo:
        """Size and ETag of an object of any bucket."""
        with self._translated():
            return self.store.head(bucket, key)

    def found(self, bucket: str, prefix: str) -> Sequence[ObjectInfo]:
        """The objects under a prefix of any bucket, in key order."""
        with self._translated():
            return self.store.list(bucket, prefix)

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def close(self) -> None:
        self.store.close()


_HINTS = {
    "InsufficientStorage": "free some disk space, or set DW_SIMULATOR_HOME to a folder with more",
    "InvalidAccessKeyId": "check DW_SIMULATOR_S3_ACCESS_KEY",
    "SignatureDoesNotMatch": "check DW_SIMULATOR_S3_SECRET_KEY",
    "AccessDenied": "check the keys and what they may do with the bucket",
    "ExpiredToken": "the temporary AWS credentials have expired: get new ones",
    "AuthorizationHeaderMalformed": "set DW_SIMULATOR_S3_REGION to the bucket's region",
    "PermanentRedirect": "set DW_SIMULATOR_S3_REGION to the bucket's region",
    "HTTP301": "set DW_SIMULATOR_S3_REGION to the bucket's region",
}


def connect_stage(settings: Settings) -> Stage:
    """The stage that the settings name. No request is sent yet. Raises SecretError."""
    s3 = resolved(settings, "s3").s3
    return Stage(connect_store(s3), settings.stage.bucket, s3.url)


def connect_store(settings: S3Settings) -> ObjectStore:
    """A client for the local store, or for the other endpoint that ``settings.endpoint_url`` names.

    Raises:
        ConfigError: keys and endpoint do not go together.
        StagingError: the endpoint is no URL.
    """
    try:
        check_s3(settings)
        return ObjectStore(
            settings.url, credentials_for(settings), settings.region, is_aws(settings.url), settings.ca_file
        )
    except ValueError as error:
        raise StagingError(str(error), hint="check DW_SIMULATOR_S3_ENDPOINT_URL") from error


def credentials_for(settings: S3Settings, profile: str | None = None) -> Callable[[], Credentials]:
    """The keys of the settings, or what a profile or the default AWS credential chain has at the time of a call."""
    if profile is not None or settings.credentials == "chain":
        return _AwsCredentials(profile)
    token = settings.session_token
    fixed = Credentials(
        settings.access_key,
        settings.secret_key.get_secret_value(),
        token.get_secret_value() if token is not None else None,
    )
    return lambda: fixed


class _AwsCredentials:
    """Environment, shared files, SSO, container and instance roles: botocore's chain, which refreshes itself."""

    def __init__(self, profile: str | None) -> None:
        self._profile = profile
        self._found: Any = None

    def __call__(self) -> Credentials:
        """Raises StagingError when there are none."""
        import botocore.exceptions
        import botocore.session

        try:
            if self._found is None:
                self._found = botocore.session.Session(profile=self._profile).get_credentials()
            if self._found is None:
                raise StagingError("no AWS credentials were found", hint=_NO_CREDENTIALS)
            frozen = self._found.get_frozen_credentials()
        except botocore.exceptions.BotoCoreError as error:
            raise StagingError(f"no AWS credentials were found: {error}", hint=_NO_CREDENTIALS) from error
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)


_NO_CREDENTIALS = "configure AWS (aws configure), or set s3.credentials: static with DW_SIMULATOR_S3_ACCESS_KEY"
