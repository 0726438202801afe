"""Files that others put under a prefix of the object store, and the tables they are for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from dw_simulator.errors import ConfigError
from dw_simulator.schema.folders import folder_name
from dw_simulator.schema.model import Experiment, Table
from dw_simulator.staging import ObjectInfo, Stage, parse_s3_uri

SUFFIX = ".parquet"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A Parquet file under a prefix. ``folders`` are those between the prefix and the file."""

    uri: str
    size: int
    etag: str
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Where files arrive: ``<uri><experiment>/<table>/*.parquet``, without the levels that ``experiment`` and ``table``
    name. Folders below a table's are searched too."""

    bucket: str
    key: str
    experiment: str | None = None
    table: str | None = None

    @classmethod
    def parse(cls, uri: str, experiment: str | None = None, table: str | None = None) -> Prefix:
        """Raises ConfigError for what is no ``s3://bucket/prefix/``, or a table without its experiment."""
        try:
            bucket, key = parse_s3_uri(uri)
        except ValueError as error:
            raise ConfigError(f"{uri!r} is no prefix of files", hint="write s3://bucket/prefix/") from error
        if table is not None and experiment is None:
            raise ConfigError(f"table {table!r} is of no experiment", hint="add --experiment NAME")
        return cls(bucket, key if not key or key.endswith("/") else key + "/", experiment, table)

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def files(self, stage: Stage, without: Collection[str] = ()) -> list[FoundFile]:
        """The Parquet files there, in key order, but not those under the URIs ``without``.

        Files and folders whose names begin with ``_`` or ``.`` are not data, as COPY has it.
        """
        return list(_chosen(self, stage.found(self.bucket, self.key), tuple(f"{uri}/" for uri in without)))

    def target(self, file: FoundFile) -> tuple[str, str] | None:
        """The experiment and the table (as their folders are named) of a file; None if it lies too high."""
        named = [name for name in (self.experiment, self.table) if name is not None]
        levels = [*named, *file.folders]
        return (levels[0], levels[1]) if len(levels) >= 2 else None


def _chosen(prefix: Prefix, objects: Iterable[ObjectInfo], without: tuple[str, ...]) -> Iterator[FoundFile]:
    for info in objects:
        uri = f"s3://{prefix.bucket}/{info.key}"
        *folders, name = info.key[len(prefix.key) :].split("/")
        hidden = any(part.startswith(("_", ".")) for part in (*folders, name))
        if name.lower().endswith(SUFFIX) and not hidden and not uri.startswith(without):
            yield FoundFile(uri, info.size, info.etag, tuple(folders))


def table_of(experiment: Experiment, folder: str) -> Table | None:
    """The table whose folder has this name; its case does not matter."""
    wanted = folder.lower()
    for table in experiment.tables:
        if wanted in (table.name.lower(), folder_name(table.name).lower()):
            return table
    return None
