"""How the emulators read and write S3 objects (COPY, UNLOAD, stages): the one S3 client of the project."""

from dw_simulator.staging.errors import ObjectStoreError, ObjectStoreUnreachable
from dw_simulator.staging.listings import ObjectInfo
from dw_simulator.staging.object_files import ObjectFile, ObjectOutput
from dw_simulator.staging.objects import ObjectStore, parse_s3_uri

__all__ = [
    "ObjectFile",
    "ObjectInfo",
    "ObjectOutput",
    "ObjectStore",
    "ObjectStoreError",
    "ObjectStoreUnreachable",
    "parse_s3_uri",
]
