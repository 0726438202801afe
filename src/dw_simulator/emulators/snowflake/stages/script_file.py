"""A file of a stage that EXECUTE IMMEDIATE FROM runs or a template reads."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.stages.resolver import Place


@dataclass(frozen=True, slots=True)
class ScriptFile:
    place: Place
    location: str
    """As it was written: ``@stage/path``."""

    def relative(self, path: str) -> ScriptFile:
        """The file of a path that starts in this file's folder, or with a slash in the stage's root."""
        stage = self.location[: len(self.location) - len(self.place.path)].rstrip("/")
        folder = "" if path.startswith("/") else posixpath.dirname(self.place.path)
        whole = posixpath.normpath(posixpath.join(folder, path.lstrip("/")))
        if whole.startswith(".."):
            raise errors.SCRIPT_NOT_FOUND(path, self.stage)
        return ScriptFile(replace(self.place, path=whole), f"{stage}/{whole}")

    @property
    def stage(self) -> str:
        return self.place.stage.lstrip("@").rpartition(".")[2]

    def open(self) -> Any:
        """The file's bytes as a stream. Raises SnowflakeError 001501."""
        file = self.place.storage.find(self.place.path)
        if file is None:
            raise errors.SCRIPT_NOT_FOUND(self.place.path, self.stage)
        return self.place.storage.open(file)

    def text(self, most: int) -> str:
        """Raises SnowflakeError 001501 (not there), 001505 (larger than ``most`` bytes) or 001506 (not UTF-8)."""
        with self.open() as stream:
            found = stream.read(most + 1)
        if len(found) > most:
            raise errors.SCRIPT_TOO_LARGE(self.place.path, most)
        try:
            return bytes(found).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise errors.SCRIPT_NOT_UTF8(self.place.path) from error
