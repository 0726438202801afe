"""Readers of schemas: JSON, YAML, DDL, dbt projects.

Each turns a text into an :class:`~dw_simulator.schema.model.Experiment`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dw_simulator.errors import ImportSchemaError, NotFound, Problem, SchemaError
from dw_simulator.schema.checks.names import suggest_name
from dw_simulator.schema.model import Dialect, Experiment

if TYPE_CHECKING:
    from dw_simulator.schema.importers.dbt.nodes import Kind

DDL_SUFFIXES = (".sql", ".ddl")
JSON_SUFFIXES = (".json",)
YAML_SUFFIXES = (".yaml", ".yml")


def read_file(
    path: Path,
    *,
    name: str | None = None,
    dialect: Dialect | None = None,
    surrogate_key: bool = True,
    dbt_kinds: Collection[Kind] | None = None,
) -> Experiment:
    """Read a schema file; its suffix says how. ``name`` wins over a name in the file, which wins
    over the name of the file. A folder, or a ``dbt_project.yml``, is a dbt project.

    ``dialect`` is for DDL and dbt, ``surrogate_key`` for DDL, ``dbt_kinds`` says which relations of dbt become tables
    (all). The result still wants
    :func:`dw_simulator.schema.validation.check`.

    Raises:
        ImportSchemaError: the file cannot be read or is not a schema; with every problem and its line and column.
        NotFound: there is no such file.
    """
    if path.is_dir() or path.name == "dbt_project.yml":
        return _read_dbt_project(path, name, dialect, dbt_kinds)
    reader = _readers(path, dialect, surrogate_key, dbt_kinds).get(path.suffix.lower())
    if reader is None:
        raise ImportSchemaError(
            f"{path.name}: unknown kind of schema file",
            hint=f"its name must end in {', '.join((*JSON_SUFFIXES, *YAML_SUFFIXES, *DDL_SUFFIXES))}",
        )
    return reader(read_text(path), name, suggest_name(path.stem))


@contextmanager
def placing(path: Path) -> Iterator[None]:
    """Around checks of what was read from a schema file: gives problems their line and column, where the file is JSON
    or YAML and says by name what they are about."""
    try:
        yield
    except SchemaError as error:
        if path.suffix.lower() not in (*JSON_SUFFIXES, *YAML_SUFFIXES):
            raise
        from dw_simulator.schema.importers.document import Places

        places = Places(read_text(path))
        raise type(error)([places.add_by_path(problem) for problem in error.problems], hint=error.hint) from None


def read_text(path: Path) -> str:
    """The text of a UTF-8 file. Raises ImportSchemaError, NotFound."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportSchemaError(
            f"{path} is not UTF-8 text: byte {error.object[error.start]:#04x} at offset {error.start}",
            hint="save it as UTF-8",
        ) from None
    except FileNotFoundError:
        raise NotFound(f"there is no file {path}") from None
    except OSError as error:
        raise ImportSchemaError(f"cannot read {path}: {error.strerror}") from None


_Reader = Callable[[str, str | None, str], Experiment]
"""(text, name asked for, name of last resort)"""


def _read_dbt_project(
    path: Path, name: str | None, dialect: Dialect | None, kinds: Collection[Kind] | None
) -> Experiment:
    from dw_simulator.schema.importers.dbt.assemble import from_nodes
    from dw_simulator.schema.importers.dbt.nodes import KINDS, DbtOptions
    from dw_simulator.schema.importers.dbt.project import read_project

    return from_nodes(read_project(path), name=name, options=DbtOptions(dialect, kinds or KINDS))


def _readers(
    path: Path, dialect: Dialect | None, surrogate_key: bool, dbt_kinds: Collection[Kind] | None
) -> dict[str, _Reader]:
    from dw_simulator.schema.importers.dbt.nodes import KINDS, DbtOptions
    from dw_simulator.schema.importers.dbt.project import CATALOG_FILE, read_catalog
    from dw_simulator.schema.importers.ddl import read_ddl
    from dw_simulator.schema.importers.json_ import read_json
    from dw_simulator.schema.importers.yaml_ import read_yaml

    def from_ddl(text: str, name: str | None, fallback: str) -> Experiment:
        if dialect is None:
            dialects = ", ".join(Dialect)
            raise ImportSchemaError(Problem("a DDL file needs its dialect", hint=f"one of: {dialects}"))
        return read_ddl(text, dialect=dialect, name=name or fallback, surrogate_key=surrogate_key)

    def from_json(text: str, name: str | None, fallback: str) -> Experiment:
        beside = path.with_name(CATALOG_FILE)
        catalog = read_catalog(beside) if beside != path else None
        return read_json(text, name=name, default_name=fallback, dbt=DbtOptions(dialect, dbt_kinds or KINDS, catalog))

    def from_yaml(text: str, name: str | None, fallback: str) -> Experiment:
        return read_yaml(text, name=name, default_name=fallback, dbt=DbtOptions(dialect, dbt_kinds or KINDS))

    return {
        **dict.fromkeys(DDL_SUFFIXES, from_ddl),
        **dict.fromkeys(JSON_SUFFIXES, from_json),
        **dict.fromkeys(YAML_SUFFIXES, from_yaml),
    }
