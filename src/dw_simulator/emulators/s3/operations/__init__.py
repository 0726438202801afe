"""S3's operations. Each module registers its handlers; importing this package fills the registry."""

from dw_simulator.emulators.s3.operations import buckets, copying, listing, multipart, objects, tagging

__all__ = ["buckets", "copying", "listing", "multipart", "objects", "tagging"]
