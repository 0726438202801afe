"""A client of the S3 store: objects put, overwritten, put together from parts, copied and deleted."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Any

import boto3
import botocore.config
import botocore.exceptions
from tests.robustness.journal import Key, Value
from tests.robustness.writers.base import RolledBack, Surroundings, Writer

from dw_simulator.config import Settings

BUCKET = "chaos"
PREFIX = "objects/"
PART = 5 << 20
"""Bytes of the smallest part but the last."""


def connect_s3(settings: Settings) -> Any:
    """boto3 as people use it: it sends a request again when the connection breaks."""
    return boto3.client(
        "s3",
        endpoint_url=settings.s3.url,
        region_name=settings.s3.region,
        aws_access_key_id=settings.s3.access_key,
        aws_secret_access_key=settings.s3.secret_key.get_secret_value(),
        config=botocore.config.Config(
            connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 4, "mode": "standard"}
        ),
    )


class ObjectWriter(Writer):
    """A fact is an object: ``(1, size, SHA-256)`` of its bytes."""

    FAILURES = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)

    def __init__(self, around: Surroundings, number: int, seed: int) -> None:
        super().__init__(around, number, seed)
        self._s3 = connect_s3(around.settings)
        self._keys: list[Key] = []

    @staticmethod
    def make_bucket(settings: Settings) -> None:
        connect_s3(settings).create_bucket(Bucket=BUCKET)

    def steps(self) -> list[tuple[int, Callable[[], None]]]:
        return [
            (30, self.put),
            (20, self.overwrite),
            (8, self.copy),
            (8, self.delete),
            (3, self.multipart),
            (1, self.aborted_multipart),
        ]

    # --- operations ---
    def put(self) -> None:
        self._put("S3 put", self._new_key())

    def overwrite(self) -> None:
        key = self._known_key()
        if key is not None:
            self._put("S3 overwrite", key)

    def _put(self, kind: str, key: Key) -> None:
        body = self._body(self.chance.choice((1, 900, 70_000, 400_000)))
        with self.operation(kind, {key: _value(body)}) as operation:
            operation.committing()
            self._s3.put_object(Bucket=BUCKET, Key=key[2], Body=body)
        self._keys.append(key)

    def copy(self) -> None:
        source, target = self._known_key(), self._new_key()
        if source is None:
            return
        with self.operation("S3 copy", {target: self.journal.value(source)}) as operation:
            operation.committing()
            self._s3.copy_object(Bucket=BUCKET, Key=target[2], CopySource={"Bucket": BUCKET, "Key": source[2]})
        self._keys.append(target)

    def delete(self) -> None:
        key = self._known_key()
        if key is None:
            return
        with self.operation("S3 delete", {key: None}) as operation:
            operation.committing()
            self._s3.delete_object(Bucket=BUCKET, Key=key[2])

    def multipart(self) -> None:
        key, body = self._new_key(), self._body(PART + self.chance.randint(1, PART))
        with self.operation("S3 multipart", {key: _value(body)}) as operation:
            upload = self._upload_parts(key, body)
            operation.committing()
            self._s3.complete_multipart_upload(Bucket=BUCKET, Key=key[2], **upload)
        self._keys.append(key)

    def aborted_multipart(self) -> None:
        key, body = self._new_key(), self._body(PART + 1)
        with self.operation("S3 multipart aborted", {key: _value(body)}):
            upload = self._upload_parts(key, body)
            self._s3.abort_multipart_upload(Bucket=BUCKET, Key=key[2], UploadId=upload["UploadId"])
            raise RolledBack

    def _upload_parts(self, key: Key, body: bytes) -> dict[str, Any]:
        begun = self._s3.create_multipart_upload(Bucket=BUCKET, Key=key[2])
        place = {"Bucket": BUCKET, "Key": key[2], "UploadId": begun["UploadId"]}
        parts = []
        for number, start in enumerate(range(0, len(body), PART), start=1):
            answer = self._s3.upload_part(**place, PartNumber=number, Body=body[start : start + PART])
            parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        return {"UploadId": begun["UploadId"], "MultipartUpload": {"Parts": parts}}

    # --- keys and bytes ---
    def _new_key(self) -> Key:
        return ("s3", BUCKET, f"{PREFIX}{self.number}/{self.chance.randint(0, 9)}/{self.fresh()}")

    def _known_key(self) -> Key | None:
        keys = [key for key in self.journal.settled(self._keys[-50:]) if self.journal.value(key) is not None]
        return self.chance.choice(keys) if keys else None

    def _body(self, size: int) -> bytes:
        return random.Random(self.fresh()).randbytes(size)

    # --- after ---
    def found(self) -> dict[Key, Value]:
        """Every object, read whole. Its length and its ETag must be those of its bytes."""
        facts: dict[Key, Value] = {}
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=PREFIX):
            for entry in page.get("Contents", ()):
                answer = self._s3.get_object(Bucket=BUCKET, Key=entry["Key"])
                body = answer["Body"].read()
                assert len(body) == entry["Size"] == answer["ContentLength"], entry["Key"]
                etag = answer["ETag"].strip('"')
                assert "-" in etag or etag == hashlib.md5(body).hexdigest(), f"the ETag of {entry['Key']} is wrong"
                facts["s3", BUCKET, entry["Key"]] = _value(body)
        return facts


def _value(body: bytes) -> Value:
    return (1, len(body), hashlib.sha256(body).hexdigest())
