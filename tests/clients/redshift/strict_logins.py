"""What the tests of ``login: strict`` share: a server with its AWS API, and an experiment that is staged for it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import boto3
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from dw_simulator.config import Settings
from dw_simulator.schema import Experiment
from dw_simulator.warehouses.base import StagedFile

CLUSTER = "local-cluster"


class Strict:
    def __init__(self, server: Any, port: int) -> None:
        self.server = server
        self.url = f"http://127.0.0.1:{port}"

    def client(self, service: str, key: str = "mockuser", secret: str = "mockpass") -> Any:
        return boto3.client(
            service, endpoint_url=self.url, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret
        )

    def login(self, user: str, password: str) -> str:
        """CURRENT_USER of a session of these credentials."""
        options = {"host": "127.0.0.1", "port": self.server.port, "dbname": "dev"}
        with closing(psycopg.connect(user=user, password=password, **options)) as connection:
            row = connection.execute("select current_user").fetchone()
            assert row is not None
            return str(row[0])

    def settings(self, **redshift: Any) -> Settings:
        s3 = self.server.store.endpoint_url.rpartition(":")[2]
        return Settings(
            s3={"port": int(s3)},
            redshift={
                "port": self.server.port,
                "auth": "data-api",
                "endpoint_url": self.url,
                "db_user": "awsuser",
                "cluster_identifier": CLUSTER,
                **redshift,
            },
        )


EXPERIMENT = Experiment.model_validate(
    {
        "name": "Over_Http",
        "tables": [
            {
                "name": "parents",
                "primary_key": "id",
                "columns": [
                    {"name": "id", "data_type": "INT"},
                    {"name": "amount", "data_type": "DECIMAL(12,2)"},
                    {"name": "seen", "data_type": "TIMESTAMP_TZ"},
                    {"name": "born", "data_type": "DATE"},
                    {"name": "info", "data_type": "JSON"},
                    {"name": "wakes", "data_type": "TIME"},
                    {"name": "code", "data_type": "BINARY(4)"},
                    {"name": "score", "data_type": "FLOAT"},
                    {"name": "active", "data_type": "BOOLEAN"},
                ],
            },
            {"name": "none", "columns": [{"name": "a", "data_type": "INT"}]},
        ],
    }
)
ROWS = 1500


def staged(strict: Strict, count: int = ROWS) -> dict[str, list[StagedFile]]:
    table = pa.table(
        {
            "id": pa.array(range(count), pa.int32()),
            "amount": pa.array([number * 100 for number in range(count)]).cast(pa.decimal128(19, 0)).cast(
                pa.decimal128(21, 2)
            ),
            "seen": pa.array(range(count), pa.timestamp("us", "UTC")),
            "born": pa.array(range(count), pa.int32()).cast(pa.date32()),
            "wakes": pa.array(range(count), pa.time64("us")),
            "code": [b"\x00\xff"] * count,
            "score": [0.5] * count,
            "active": pa.array([None] * count, pa.bool_()),
            "info": [f'{{"n": {number}}}' for number in range(count)],
        }
    )  # fmt: skip
    table = table.select([column.name for column in EXPERIMENT.tables[0].columns])
    sink = pa.BufferOutputStream()
    pq.write_table(table.set_column(1, "amount", table["amount"].cast(pa.decimal128(12, 2))), sink)
    uri = strict.server.put(f"over-http-{count}/parents/batch-00000.parquet", sink.getvalue().to_pybytes())
    return {"parents": [StagedFile(uri, ROWS, sink.getvalue().size)], "none": []}
