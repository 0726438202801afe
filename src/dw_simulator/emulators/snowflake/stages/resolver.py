"""From a location in a statement to the files there and the format they are in."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.stages.file_format import FileFormat, file_format
from dw_simulator.emulators.snowflake.stages.location import Location, parse_location
from dw_simulator.emulators.snowflake.stages.options import folded_names
from dw_simulator.emulators.snowflake.stages.storage import LocalStorage, StagedFile, Storage
from dw_simulator.emulators.snowflake.stages.stores import ObjectStores

NO_DIRECTORY = errors.ErrorEntry(
    391904, "0A000", "SQL compilation error:\nStage '{}' has no directory table: DIRECTORY is not enabled."
)


class StageEntry(Protocol):
    """What is read of a stage, a table or a file format of the catalog."""

    id: int
    name: str
    properties: dict[str, Any]


class StageCatalog(Protocol):
    def require(self, kind: str, parts: tuple[str, ...], action: str = ...) -> Any: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A stage (or a bare URL) and a path in it. ``format`` is the stage's own file format."""

    storage: Storage
    path: str
    format: FileFormat | None = None
    internal: bool = False
    label: str = ""
    """What LIST puts before paths: the name of a named internal stage."""
    stage: str = ""
    """The stage as histories name it: ``@DB.SCHEMA.STAGE``, ``@~``, ``@%TABLE`` or a URL."""
    copy_options: Mapping[str, Any] = field(default_factory=dict)
    """Those of the stage, for COPY INTO a table."""
    url: str = ""
    """Of an external stage, with a slash at its end."""

    @property
    def location(self) -> str:
        """What absolute paths of files start with."""
        return self.url or f"{self.stage.rstrip('/')}/"

    def files(self, names: Sequence[str] | None = None, pattern: str | None = None) -> list[StagedFile]:
        """The files below the path: those of FILES, or those that PATTERN matches whole, or all.

        Raises:
            SnowflakeError: 091016, a file of FILES is not there; 001008, the pattern is no regular expression.
        """
        if names is not None:
            return [self._named(name) for name in names]
        found = self.storage.list(self.path)
        if pattern is None:
            return found
        try:
            wanted = re.compile(pattern)
        except re.error as error:
            raise errors.INVALID_PARAMETER_VALUE(f"{pattern}: {error}", "PATTERN") from error
        return [file for file in found if wanted.fullmatch(file.path)]

    def _named(self, name: str) -> StagedFile:
        path = f"{self.path}{name}" if not self.path or self.path.endswith("/") else f"{self.path}/{name}"
        file = self.storage.find(path) or self.storage.find(f"{self.path}{name}")
        if file is None:
            raise errors.FILE_NOT_FOUND(path)
        return file


def directory_of(properties: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The options of a stage's directory table; None when it has none."""
    options = {str(key).upper(): value for key, value in (properties.get("DIRECTORY") or {}).items()}
    return options if options.get("ENABLE") in (True, "TRUE", "true") else None


class Stages:
    """Internal stages below one folder of the server, external ones through S3."""

    def __init__(self, folder: Path, stores: ObjectStores) -> None:
        self._folder = folder
        self._stores = stores

    def place(
        self,
        text: str,
        catalog: StageCatalog,
        user: str,
        credentials: Mapping[str, str] | None = None,
        endpoint: str | None = None,
    ) -> Place:
        """What a location means. ``credentials`` and ``endpoint`` are those of the statement, for bare URLs.

        Raises:
            SnowflakeError: no such stage or table; no location at all.
        """
        location = parse_location(text)
        match location.kind:
            case "url":
                return self._bare_url(location.path, credentials, endpoint)
            case "user":
                return Place(self._local("user", user), location.path, internal=True, stage="@~")
            case "table":
                table = catalog.require("TABLE", location.name)
                stage = f"@{table.database}.{table.schema}.%{table.name}"
                return Place(self._local("table", str(table.id)), location.path, internal=True, stage=stage)
        return self._named(location, catalog)

    def _bare_url(self, url: str, credentials: Mapping[str, str] | None, endpoint: str | None) -> Place:
        """Files are named relative to the last folder of the URL, which patterns are matched against."""
        root, _, rest = url.rpartition("/")
        if root.endswith(":/"):  # s3://bucket
            return Place(self._stores.storage(f"{url}/", credentials, endpoint), "", stage=f"{url}/")
        return Place(self._stores.storage(f"{root}/", credentials, endpoint), rest, stage=f"{root}/")

    def _named(self, location: Location, catalog: StageCatalog) -> Place:
        return self.stage_place(catalog.require("STAGE", location.name), catalog, location.path)

    def stage_place(self, entry: Any, catalog: StageCatalog, path: str = "") -> Place:
        """A path in a named stage."""
        properties = entry.properties
        given = properties.get("FILE_FORMAT")
        own = self.format_of(given, catalog) if given else None
        url = properties.get("URL")
        stage, kept = f"@{entry.database}.{entry.schema}.{entry.name}", properties.get("COPY_OPTIONS") or {}
        if not url:
            label = f"{entry.name.lower()}/"
            plain = (properties.get("ENCRYPTION") or {}).get("TYPE", "").upper() == "SNOWFLAKE_SSE"
            return Place(self._local("named", str(entry.id), label, plain=plain), path, own, True, label, stage, kept)
        storage = self._stores.storage(url, properties.get("CREDENTIALS"), properties.get("ENDPOINT"), folder=True)
        return Place(storage, path, own, stage=stage, copy_options=kept, url=url.rstrip("/") + "/")

    def _local(self, kind: str, name: str, label: str = "", *, plain: bool = False) -> LocalStorage:
        return LocalStorage(self._folder / kind / name, label, plain=plain)

    def drop(self, entry: StageEntry) -> None:
        """Delete the files of a named internal stage that is gone."""
        shutil.rmtree(self._folder / "named" / str(entry.id), ignore_errors=True)

    def close(self) -> None:
        self._stores.close()

    def format_of(self, given: Any, catalog: StageCatalog, base: FileFormat | None = None) -> FileFormat:
        """The format that FILE_FORMAT says: options, a name, or options with FORMAT_NAME."""
        if not given:
            return base or FileFormat()
        if isinstance(given, str):
            given = {"FORMAT_NAME": given}
        options = dict(given)
        name = options.pop("FORMAT_NAME", None)
        if name is None:
            return base.over(options) if base is not None else file_format(options)
        entry = catalog.require("FILE FORMAT", folded_names(str(name)))
        stored = FileFormat.from_dict(entry.properties)
        return stored.over(options) if options else replace(stored)
