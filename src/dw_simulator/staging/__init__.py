"""The object store client: one protocol (S3), used for staging by the control side and for COPY by the emulators."""

from dw_simulator.staging.errors import ObjectStoreError, ObjectStoreUnreachable
from dw_simulator.staging.listings import BucketInfo, ObjectInfo, ObjectPage
from dw_simulator.staging.objects import Credentials, ObjectStore, parse_s3_uri
from dw_simulator.staging.stage import (
    Stage,
    StagedObject,
    connect_stage,
    connect_store,
    credentials_for,
)

__all__ = [
    "BucketInfo",
    "Credentials",
    "ObjectInfo",
    "ObjectPage",
    "ObjectStore",
    "ObjectStoreError",
    "ObjectStoreUnreachable",
    "Stage",
    "StagedObject",
    "connect_stage",
    "connect_store",
    "credentials_for",
    "parse_s3_uri",
]
