"""A snapshot as one file to carry elsewhere: a tar archive, compressed with zstd."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from dw_simulator.errors import Conflict, StackError
from dw_simulator.stack.snapshots import manifest as manifests
from dw_simulator.stack.snapshots.copying import copy_error
from dw_simulator.stack.snapshots.manifest import Manifest
from dw_simulator.stack.snapshots.restore import verified
from dw_simulator.stack.snapshots.store import scratch_beside, target_of

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings


def export_snapshot(snapshot: Path, file: Path) -> Manifest:
    """Write a snapshot to ``file``; it is there when it is complete.

    Raises:
        Conflict: the file exists.
        StackError: the snapshot is damaged, or the file cannot be written.
    """
    import pyarrow as pa

    if file.exists():
        raise Conflict(f"{file} exists already", hint="choose another name")
    scratch = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        manifest = verified(snapshot)
        with (
            pa.CompressedOutputStream(str(scratch), "zstd") as stream,
            tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive,
        ):
            for name in (manifests.NAME, manifests.CHECKSUM, manifests.STATE):
                archive.add(snapshot / name, name)
        scratch.rename(file)
    except OSError as error:
        raise copy_error(error) from error
    finally:
        scratch.unlink(missing_ok=True)
    return manifest


def import_snapshot(settings: Settings, file: Path, name: str | None = None) -> Manifest:
    """Take a snapshot from ``file`` into the home's snapshots, under its own name or ``name``.

    Raises:
        Conflict: there is a snapshot of that name.
        StackError: the file is damaged or of a newer version.
    """
    import pyarrow as pa

    if not file.is_file():
        raise StackError(f"there is no file {file}")
    probe = target_of(settings, name or file.name.split(".", 1)[0] or None, None)
    with scratch_beside(probe) as scratch:
        try:
            with (
                pa.CompressedInputStream(str(file), "zstd") as stream,
                tarfile.open(fileobj=stream, mode="r|") as archive,
            ):
                archive.extractall(scratch, filter="data")
        except (tarfile.TarError, pa.ArrowException, EOFError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise StackError(f"{file} is damaged, or no exported snapshot: {error}") from error
        manifest = verified(scratch)
        target = target_of(settings, name or manifest.name, None)
        scratch.rename(target)
    return manifest
