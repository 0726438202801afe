"""The format of the state in a home: written down, refused when it is newer, migrated step by step when it is older.

    <home>/version.json   {"written_by": "0.1.0", "formats": {"s3": 1, "snowflake": 1, …}}

A home with state and without that file was written by the first versions: all its parts have format 0, which differs
from 1 in nothing but the file. PostgreSQL's and DuckDB's own formats, the metadata's tables and the functions that the
Redshift emulator installs are looked after by their owners when they open them.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from dw_simulator.errors import StackError

log = logging.getLogger(__name__)

FORMATS: Mapping[str, int] = {"s3": 1, "snowflake": 1, "redshift": 1, "sqlite": 1, "api": 1}
"""What this version of the package reads and writes."""


@dataclass(frozen=True, slots=True)
class Migration:
    """Brings one part of the state from format ``source`` to the next: ``run`` gets the folder of that part.

    ``rewrites``: it changes files, so that a snapshot is taken before.
    """

    part: str
    source: int
    run: Callable[[Path], None]
    rewrites: bool = True


def _nothing_to_do(_folder: Path) -> None:
    """Formats 0 and 1 are the same."""


MIGRATIONS: tuple[Migration, ...] = tuple(Migration(part, 0, _nothing_to_do, rewrites=False) for part in FORMATS)


def version_path(home: Path) -> Path:
    return home / "version.json"


def versions_of(home: Path) -> dict[str, int]:
    """The formats of the state in ``home``: format 0 of what is older than version.json, ours where there is none.

    Raises:
        StackError: version.json is damaged.
    """
    path = version_path(home)
    try:
        formats = {str(part): int(number) for part, number in json.loads(path.read_bytes())["formats"].items()}
    except (FileNotFoundError, NotADirectoryError):
        return {part: 0 if (home / part).exists() else number for part, number in FORMATS.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StackError(
            f"{path} is damaged", hint="delete it if an older or this version wrote the state; it is written again"
        ) from error
    return {**dict.fromkeys(FORMATS, 0), **formats}


def refuse_newer(formats: Mapping[str, int], what: str, written_by: str | None) -> None:
    """Raises StackError if a part of the state has a format that this version does not know."""
    newer = [f"{part} {number}" for part, number in formats.items() if number > FORMATS.get(part, 0)]
    if newer:
        raise StackError(
            f"{what} was written by a newer dw-simulator ({written_by or 'unknown'}): format {', '.join(newer)}",
            hint="upgrade dw-simulator, or use another home with --home or DW_SIMULATOR_HOME",
        )


def prepare_home(home: Path, migrations: Sequence[Migration] = MIGRATIONS) -> list[Migration]:
    """Make the state fit for this version; returns the migrations that ran. Services must not run.

    Also ends a restore that was interrupted. A snapshot ``before-upgrade-…`` is taken before the first migration that
    changes files; if one fails, the state is as the snapshot has it.

    Raises:
        StackError: the state is newer, or a migration failed.
    """
    with _locked(home):
        if (home / ".restore").exists():
            from dw_simulator.stack.snapshots.restore import finish_restore

            finish_restore(home)
        formats = versions_of(home)
        refuse_newer(formats, f"the state in {home}", _written_by(home))
        done = _migrate(home, formats, migrations)
        if done or not version_path(home).exists():
            _write_versions(home, {**FORMATS, **formats})
    return done


def _migrate(home: Path, formats: dict[str, int], migrations: Sequence[Migration]) -> list[Migration]:
    steps = sorted(
        (step for step in migrations if step.source >= formats[step.part] and (home / step.part).exists()),
        key=lambda step: step.source,
    )
    saved: Path | None = None
    for step in steps:
        if step.rewrites and saved is None:
            saved = _save(home)
        log.info("upgrading %s from format %d", step.part, step.source)
        try:
            step.run(home / step.part)
        except Exception as error:
            if saved is not None:
                from dw_simulator.stack.snapshots.restore import put_back

                put_back(home, saved)
            raise StackError(
                f"cannot upgrade {step.part} in {home} from format {step.source}: {error}",
                hint="the state is as it was; use the version that wrote it, or empty it with: dw-sim reset",
            ) from error
        formats[step.part] = step.source + 1
    for part, number in FORMATS.items():
        if not (home / part).exists():
            formats[part] = number
    return steps


def _save(home: Path) -> Path:
    from dw_simulator.stack.snapshots.store import scratch_beside, write_snapshot

    number = 1
    while (target := home / "snapshots" / f"before-upgrade-{number}").exists():
        number += 1
    with scratch_beside(target) as scratch:
        write_snapshot(home, scratch, target.name, f"before the upgrade to {version('dw-simulator')}")
        scratch.rename(target)
    log.info("saved the state as snapshot %s", target.name)
    return target


def _written_by(home: Path) -> str | None:
    try:
        written: object = json.loads(version_path(home).read_bytes()).get("written_by")
    except FileNotFoundError:
        return None
    return str(written)


def _write_versions(home: Path, formats: Mapping[str, int]) -> None:
    path = version_path(home)
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    document = {"written_by": version("dw-simulator"), "formats": {part: formats[part] for part in FORMATS}}
    try:
        scratch.write_text(json.dumps(document, indent=2) + "\n")
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise StackError(f"cannot write {path}: {error.strerror}") from error


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One process at a time: services that are started one by one on the same home look at the same moment."""
    run = home / "run"
    try:
        run.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(run / "upgrade.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StackError(
            f"cannot write in {run}: {error.strerror}",
            hint="choose a home folder you can write in, with --home or DW_SIMULATOR_HOME",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
