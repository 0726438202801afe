"""Where the files of a run go: the object store for cloud warehouses, a local folder when only SQLite wants them."""

from __future__ import annotations

import shutil
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dw_simulator.config import S3Settings, Settings
from dw_simulator.config.groups import StageSettings
from dw_simulator.config.secrets import resolved
from dw_simulator.errors import StagingError
from dw_simulator.metadata import FileRecord
from dw_simulator.schema import Experiment, Warehouse
from dw_simulator.schema.folders import folder_name

if TYPE_CHECKING:
    import pyarrow as pa

    from dw_simulator.staging import Stage


class RunStore(Protocol):
    """Keeps the Parquet files of runs under one URI, ``base_uri``."""

    base_uri: str

    def prepare(self) -> None:
        """Make sure files can be written. Raises StagingError or ServiceUnavailable."""
        ...

    def write(self, uri: str, data: pa.Buffer) -> None: ...

    def delete_under(self, uri: str) -> int:
        """Delete every file under a URI. Returns how many there were."""
        ...

    def sizes_under(self, uri: str) -> dict[str, int]:
        """The files under a URI, with their bytes."""
        ...

    def rows_of(self, uri: str) -> int | None:
        """The rows of a Parquet file by its footer; None if it is not whole."""
        ...

    def read(self, uri: str) -> pa.Buffer:
        """A whole file."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


class S3RunStore:
    """Files in the staging bucket: ``s3://bucket/<prefix>/<experiment>/run-000001/<table>/batch-00000.parquet``."""

    def __init__(self, settings: Settings, stage: Stage, experiment_name: str) -> None:
        self._stage = stage
        self._root = stage.uri("")
        self.base_uri = stage.uri(f"{settings.stage.prefix}/{experiment_name.lower()}")

    def prepare(self) -> None:
        self._stage.ensure_bucket()

    def _key(self, uri: str) -> str:
        return uri.removeprefix(self._root)

    def write(self, uri: str, data: pa.Buffer) -> None:
        self._stage.put(self._key(uri), data)

    def delete_under(self, uri: str) -> int:
        return self._stage.delete_prefix(self._key(uri) + "/")

    def sizes_under(self, uri: str) -> dict[str, int]:
        return {found.uri: found.size for found in self._stage.list(self._key(uri) + "/")}

    def rows_of(self, uri: str) -> int | None:
        with self._stage.open(self._key(uri)) as source:
            return _rows_of(source)

    def read(self, uri: str) -> pa.Buffer:
        with self._stage.open(self._key(uri)) as source:
            return source.read_buffer()

    def close(self) -> None:
        self._stage.close()


class LocalRunStore:
    """The same tree in a folder: ``file:///…/staging/<experiment>/run-000001/<table>/batch-00000.parquet``."""

    def __init__(self, settings: Settings, experiment_name: str) -> None:
        self._folder = settings.home / "staging" / experiment_name.lower()
        self.base_uri = self._folder.as_uri()

    def prepare(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StagingError(f"cannot make the staging folder {self._folder}: {error.strerror}") from error

    def _path(self, uri: str) -> Path:
        return self._folder / uri.removeprefix(self.base_uri).lstrip("/")

    def write(self, uri: str, data: pa.Buffer) -> None:
        path = self._path(uri)
        partial = path.with_name(path.name + ".partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(data)
            partial.replace(path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise StagingError(
                f"cannot write {path}: {error.strerror}",
                hint="make room on the disk, or choose another DW_SIMULATOR_HOME",
            ) from error

    def delete_under(self, uri: str) -> int:
        folder = self._path(uri)
        if not folder.exists():
            return 0
        count = sum(1 for _ in folder.rglob("*.parquet"))
        shutil.rmtree(folder)
        return count

    def sizes_under(self, uri: str) -> dict[str, int]:
        folder = self._path(uri)
        files = folder.rglob("*.parquet") if folder.exists() else ()
        return {f"{uri}/{file.relative_to(folder).as_posix()}": file.stat().st_size for file in files}

    def rows_of(self, uri: str) -> int | None:
        with self._path(uri).open("rb") as source:
            return _rows_of(source)

    def read(self, uri: str) -> pa.Buffer:
        import pyarrow as pa

        return pa.py_buffer(self._path(uri).read_bytes())

    def close(self) -> None:
        """There is nothing to let go of."""


def _rows_of(source: object) -> int | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(source).num_rows)
    except pa.ArrowInvalid:
        return None


def needs_object_store(experiment: Experiment) -> bool:
    return any(warehouse is not Warehouse.SQLITE for warehouse in experiment.target_warehouse)


def open_run_store(settings: Settings, experiment: Experiment) -> RunStore:
    if needs_object_store(experiment):
        return s3_run_store(settings, experiment.name)
    return LocalRunStore(settings, experiment.name)


def s3_run_store(settings: Settings, experiment_name: str) -> S3RunStore:
    from dw_simulator.staging import connect_stage

    return S3RunStore(settings, connect_stage(settings), experiment_name)


def run_store_of(settings: Settings, experiment_name: str, location: str) -> RunStore:
    """The store that holds an earlier run, by the scheme of its location."""
    if location.startswith("file:"):
        return LocalRunStore(settings, experiment_name)
    return s3_run_store(settings, experiment_name)


@dataclass(frozen=True, slots=True)
class ClusterSink:
    """Writes files of a run to the object store from other processes, with the keys of these settings."""

    s3: S3Settings
    stage: StageSettings
    location: str

    @classmethod
    def of(cls, settings: Settings, location: str) -> ClusterSink:
        """Raises SecretError; the references of the settings are resolved here, where they mean something."""
        return cls(resolved(settings, "s3").s3, settings.stage, location)

    def write(self, table: str, index: int, lo: int, hi: int, data: pa.Buffer) -> str:  # noqa: ARG002 - protocol
        from dw_simulator.staging import connect_stage

        uri = file_uri(self.location, table, index)
        with closing(connect_stage(Settings(s3=self.s3, stage=self.stage))) as stage:
            stage.put(uri.removeprefix(stage.uri("")), data)
        return uri


def file_uri(location: str, table: str, index: int) -> str:
    return f"{location}/{folder_name(table)}/batch-{index:05d}.parquet"


class RunSink:
    """The generator's sink: writes each finished Parquet file to the run's location and remembers it."""

    def __init__(self, store: RunStore, location: str) -> None:
        self._store = store
        self._location = location
        self._lock = threading.Lock()
        self._files: dict[str, dict[int, FileRecord]] = {}

    def write(self, table: str, index: int, lo: int, hi: int, data: pa.Buffer) -> str:
        uri = file_uri(self._location, table, index)
        self._store.write(uri, data)
        self.remember(table, index, lo, hi, uri, data.size)
        return uri

    def remember(self, table: str, index: int, lo: int, hi: int, uri: str, size: int) -> None:
        """A file of ``size`` bytes is there."""
        with self._lock:
            self._files.setdefault(table, {})[index] = FileRecord(uri=uri, rows=hi - lo, size=size)

    def files(self) -> dict[str, list[FileRecord]]:
        """The files written so far, by table, in the order of their rows."""
        with self._lock:
            return {table: [group[index] for index in sorted(group)] for table, group in self._files.items()}
