"""A project's folder: its property files, the files of its seeds, and ``target/catalog.json`` where there is one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dw_simulator.errors import ImportSchemaError, NotFound, Problem
from dw_simulator.schema.importers import read_text
from dw_simulator.schema.importers.dbt.manifest import add_catalog
from dw_simulator.schema.importers.dbt.nodes import Collected, Node, has_jinja, ref_key
from dw_simulator.schema.importers.dbt.properties import is_properties, read_properties
from dw_simulator.schema.importers.dbt.seeds import add_file
from dw_simulator.schema.importers.document import Places
from dw_simulator.schema.importers.entities import Found, Site
from dw_simulator.schema.importers.yaml_ import load_yaml

PROJECT_FILE = "dbt_project.yml"
CATALOG_FILE = "catalog.json"


def project_settings(folder: Path) -> dict[str, Any]:
    """What ``dbt_project.yml`` says. Raises NotFound, ImportSchemaError."""
    path = folder / PROJECT_FILE
    if not path.is_file():
        raise NotFound(
            f"{folder} is not a dbt project: there is no {PROJECT_FILE} in it",
            hint="name the project's folder, its manifest.json or one of its property files; "
            "dw-sim dbt init makes a project",
        )
    data = load_yaml(read_text(path))
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        raise ImportSchemaError(Problem(f"{path} does not give the project a name", hint="add name:"))
    return data


def read_project(path: Path) -> Collected:
    """Everything that the folder of a project (or its ``dbt_project.yml``) declares.

    Raises:
        ImportSchemaError: a file cannot be read or is not what dbt takes; with every problem of the file, its line.
        NotFound: there is no project.
    """
    folder = path if path.is_dir() else path.parent
    settings = project_settings(folder)
    collected = Collected(settings["name"])
    for kind, default in (("seed-paths", "seeds"), ("model-paths", "models")):
        for file in _files(folder, settings.get(kind), default, ("*.csv",) if kind == "seed-paths" else ()):
            node = Node("seed", (ref_key(file.stem),), file.stem, f"seed '{file.stem}'")
            add_file(node, file)
            collected.nodes.append(node)
        for file in _files(folder, settings.get(kind), default, ("*.yml", "*.yaml")):
            _read_file(file, str(file.relative_to(folder)), collected)
    target = settings.get("target-path")
    catalog = folder / (target if isinstance(target, str) and not has_jinja(target) else "target") / CATALOG_FILE
    add_catalog(collected.nodes, read_catalog(catalog), settings["name"])
    return collected


def _files(folder: Path, paths: object, default: str, patterns: tuple[str, ...]) -> Iterator[Path]:
    named = [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else [default]
    for path in named:
        found = [each for pattern in patterns for each in (folder / path).rglob(pattern)]
        yield from sorted(each for each in found if each.is_file())


def _read_file(path: Path, origin: str, collected: Collected) -> None:
    text = read_text(path)
    try:
        data = load_yaml(text)
    except ImportSchemaError as error:
        raise ImportSchemaError([_in_file(problem, origin) for problem in error.problems], hint=error.hint) from None
    if data is None or not is_properties(data):
        return  # such as a file of documentation or of selectors
    found: Found = []
    read_properties(data if isinstance(data, Mapping) else {}, collected, Site((), found), origin)
    if found:
        places = Places(text)
        raise ImportSchemaError([_in_file(places.add_to(*each), origin) for each in found])


def _in_file(problem: Problem, origin: str) -> Problem:
    return replace(problem, message=f"{origin}: {problem.message}")


def read_catalog(path: Path) -> dict[str, Any] | None:
    """``catalog.json``, written by ``dbt docs generate``; None where there is none. Raises ImportSchemaError."""
    if not path.is_file():
        return None
    try:
        data = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ImportSchemaError(
            Problem(f"{path} is not JSON: {error.msg}", line=error.lineno, column=error.colno),
            hint="remove it, or write it anew with: dbt docs generate",
        ) from None
    return data if isinstance(data, dict) else None
