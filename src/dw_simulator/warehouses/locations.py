"""Where the staged files of a table are, as COPY names them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from dw_simulator.errors import WarehouseError
from dw_simulator.warehouses.base import StagedFile

F = TypeVar("F", bound=StagedFile)


def common_prefix(uris: Sequence[str]) -> str:
    """The folder that holds all files, with a slash at its end.

    Raises:
        WarehouseError: the files are not in one folder of an object store.
    """
    folders = {uri.rpartition("/")[0] for uri in uris}
    if len(folders) != 1:
        raise WarehouseError(f"the files of a table are not in one folder: {', '.join(sorted(folders))}")
    (folder,) = folders
    if not folder.startswith("s3://"):
        raise WarehouseError(f"{folder} is not in an object store, so a warehouse cannot read it")
    return folder + "/"


def by_folder(files: Sequence[F]) -> dict[str, list[F]]:
    """Files by the folder of the object store that holds them, each with a slash at its end. Raises WarehouseError."""
    folders: dict[str, list[F]] = {}
    for file in files:
        folders.setdefault(common_prefix([file.uri]), []).append(file)
    return folders


def common_root(folders: Sequence[str]) -> str:
    """The deepest folder above several, with a slash at its end: ``s3://b/a/x/``, ``s3://b/a/y/`` -> ``s3://b/a/``."""
    shared: list[str] = []
    for parts in zip(*(folder.split("/")[:-1] for folder in folders), strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return "/".join(shared) + "/"
