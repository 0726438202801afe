"""``login: strict`` with IAM: temporary credentials that the driver and the adapter ask AWS for, over TLS."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from tests.clients.redshift.strict_logins import CLUSTER, EXPERIMENT, ROWS, Strict, staged
from tests.ports import ports

from dw_simulator.config import Settings, load_settings
from dw_simulator.errors import ServiceUnavailable, WarehouseError
from dw_simulator.schema import Warehouse
from dw_simulator.warehouses import connect


@pytest.fixture(scope="module")
def encrypted(launch: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Strict]:
    port = ports()
    home = tmp_path_factory.mktemp("redshift-iam")
    names = {"cluster_identifier": CLUSTER, "serverless_work_group": "local-wg"}
    running = launch(home, tls=True, login="strict", metrics_port=port, **names)
    yield Strict(running, port)
    running.stop()


@pytest.fixture
def _left_clients() -> Iterator[None]:
    """The driver leaves its clients of AWS to the garbage collector, which warns of their sockets."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def with_iam(test: Callable[..., None]) -> Callable[..., None]:
    """For tests in which redshift_connector asks AWS for credentials."""
    for mark in (
        pytest.mark.filterwarnings("ignore::ResourceWarning"),
        pytest.mark.filterwarnings("ignore::DeprecationWarning:redshift_connector"),
        pytest.mark.usefixtures("_left_clients"),
    ):
        test = mark(test)
    return test


def iam_settings(encrypted: Strict, **redshift: Any) -> Settings:
    settings = encrypted.settings(auth="iam", **redshift).model_dump()
    settings["redshift"].pop("backend_dsn")
    return load_settings({**settings, "home": encrypted.server.home, "tls": {"enabled": True}}, use_running_stack=False)


@with_iam
@pytest.mark.parametrize(
    ("changes", "user"),
    [
        ({}, "awsuser"),
        ({"db_user": None}, "IAM:mockuser"),
        ({"db_user": None, "cluster_identifier": None, "serverless_work_group": "local-wg"}, "IAM:mockuser"),
    ],
)
def test_driver_with_iam(encrypted: Strict, changes: dict[str, Any], user: str) -> None:
    adapter = connect(Warehouse.REDSHIFT, iam_settings(encrypted, **changes))
    try:
        with adapter.query("select current_user::varchar as who") as result:
            assert next(result.batches).to_pylist() == [{"who": user}]
    finally:
        adapter.close()


@with_iam
def test_iam_does_the_whole_job(encrypted: Strict) -> None:
    adapter = connect(Warehouse.REDSHIFT, iam_settings(encrypted))
    try:
        assert adapter.load(EXPERIMENT, staged(encrypted)) == {"parents": ROWS, "none": 0}
        adapter.reset(EXPERIMENT)
        assert adapter.row_counts(EXPERIMENT) == {"parents": 0, "none": 0}
        assert adapter.drop(EXPERIMENT.name) == 2
    finally:
        adapter.close()


@with_iam
def test_aws_tells_where_the_cluster_is(encrypted: Strict) -> None:
    settings = iam_settings(encrypted, host="auto")
    settings.redshift.use_tls(encrypted.server.home / "tls" / "ca.pem")
    adapter = connect(Warehouse.REDSHIFT, settings)
    try:
        adapter.ping()
    finally:
        adapter.close()


@with_iam
@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"cluster_identifier": "other"}, WarehouseError, "AWS refused: ClusterNotFound"),
        (
            {"cluster_identifier": None, "db_user": None, "serverless_work_group": "other"},
            WarehouseError,
            "Workgroup other",
        ),
        ({"endpoint_url": "http://127.0.0.1:1"}, ServiceUnavailable, "does not answer at http://127.0.0.1:1"),
    ],
)
def test_iam_refused(encrypted: Strict, changes: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        connect(Warehouse.REDSHIFT, iam_settings(encrypted, **changes))


@with_iam
def test_iam_with_another_secret_key(encrypted: Strict) -> None:
    settings = iam_settings(encrypted)
    settings.s3.secret_key = SecretStr("wrong")
    with pytest.raises(WarehouseError, match="AWS refused: SignatureDoesNotMatch"):
        connect(Warehouse.REDSHIFT, settings)
