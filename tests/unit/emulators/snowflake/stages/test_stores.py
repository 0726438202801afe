"""Which S3 endpoint a stage's ENDPOINT means."""

import pytest

from dw_simulator.config import S3Settings
from dw_simulator.emulators.snowflake.stages.stores import ObjectStores

CASES = [
    (None, False, "http://store:4566"),
    ("store:4566", False, "http://store:4566"),
    ("127.0.0.1:9000", False, "http://127.0.0.1:9000"),
    ("minio.example:9000", False, "https://minio.example:9000"),
    # In a container the loopback of a client on the machine is not its own.
    ("127.0.0.1:14566", True, "http://store:4566"),
    ("localhost:4566", True, "http://store:4566"),
    ("minio.example:9000", True, "https://minio.example:9000"),
    ("http://127.0.0.1:9000", True, "http://store:4566"),
]


@pytest.mark.parametrize(("endpoint", "published", "url"), CASES)
def test_endpoints(endpoint, published, url):
    stores = ObjectStores(S3Settings(host="store", published=published))
    assert stores.storage("s3compat://bucket/key", endpoint=endpoint)._store.endpoint_url == url
    stores.close()
