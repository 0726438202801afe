"""`dw-sim dbt init`: profiles for a project that exists, or a new project over an experiment's tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from dw_simulator.errors import ConfigError
from dw_simulator.experiments.dbt.profiles import DEFAULT_DATABASE, PROFILES_FILE, profiles_text
from dw_simulator.experiments.dbt.properties import columns_of, spelled
from dw_simulator.experiments.dbt.seeds import refuse_existing
from dw_simulator.schema import Experiment, Warehouse
from dw_simulator.schema.checks.names import suggest_name
from dw_simulator.schema.importers.dbt.project import PROJECT_FILE, project_settings

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings

_IGNORED = "target/\nlogs/\ndbt_packages/\n.user.yml\n"


def start_project(
    folder: Path, settings: Settings, experiment: Experiment | None, *, target: Warehouse, force: bool
) -> list[Path]:
    """Write ``profiles.yml`` into a dbt project, and the project itself where there is none. Returns the files.

    With an experiment the new project has its tables as sources, and a staging model of each.

    Raises:
        Conflict: a file is there already, and ``force`` is not said.
        ConfigError: a file cannot be written.
        ImportSchemaError: there is a ``dbt_project.yml`` that cannot be read.
    """
    database = database_of(experiment, settings)
    files: dict[Path, str] = {}
    if (folder / PROJECT_FILE).is_file():
        given = project_settings(folder)
        profile = str(given.get("profile") or given["name"])
    else:
        profile = suggest_name(folder.resolve().name if experiment is None else f"{experiment.name}_dbt")
        files = {folder / name: text for name, text in _new_project(profile, settings, experiment).items()}
    files[folder / PROFILES_FILE] = profiles_text(profile, settings, target=target, database=database)
    refuse_existing(list(files), force=force)
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {error.filename or folder}: {error.strerror or error}") from error
    return list(files)


def database_of(experiment: Experiment | None, settings: Settings) -> str:
    """Snowflake's database for what dbt builds: that of the experiment, which is named like it."""
    given = settings.snowflake.database
    return given or (experiment.name.upper() if experiment is not None else DEFAULT_DATABASE)


def _new_project(name: str, settings: Settings, experiment: Experiment | None) -> dict[str, str]:
    project = {
        "name": name,
        "version": "1.0.0",
        "profile": name,
        "model-paths": ["models"],
        "seed-paths": ["seeds"],
        "snapshot-paths": ["snapshots"],
        "test-paths": ["tests"],
        "clean-targets": ["target", "dbt_packages"],
        "flags": {"send_anonymous_usage_stats": False},
    }
    files = {PROJECT_FILE: _yaml(project), ".gitignore": _IGNORED}
    if experiment is None:
        return files | {"models/first.sql": "-- A model to try the connection with.\nselect 1 as id\n"}
    files["models/staging/sources.yml"] = _sources(experiment, settings)
    for table in experiment.tables:
        selected = ",\n    ".join(_column(column.name, quoted=column.quoted) for column in table.columns)
        text = f"select\n    {selected}\nfrom {{{{ source('{experiment.name}', '{table.name}') }}}}\n"
        files[f"models/staging/stg_{suggest_name(table.name)}.sql"] = text
    return files


def _column(name: str, *, quoted: bool) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"' if quoted else name


def _sources(experiment: Experiment, settings: Settings) -> str:
    """An experiment is a schema in Redshift; in Snowflake a database, or a schema of the one that the settings name."""
    name = experiment.name
    database, schema = name.upper(), "PUBLIC"
    if settings.snowflake.database:
        database, schema = settings.snowflake.database, name.upper()

    def refer(table: str) -> str:
        return f"source('{name}', '{spelled(experiment, table)}')"

    source: dict[str, Any] = {
        "name": name,
        "description": experiment.description or f"What the experiment {name} generated.",
        "database": f"{{{{ target.database if target.type == 'redshift' else '{database}' }}}}",
        "schema": f"{{{{ '{name.lower()}' if target.type == 'redshift' else '{schema}' }}}}",
        "tables": [
            {"name": table.name, **_quoting(table.quoted), "columns": columns_of(table, refer)}
            for table in experiment.tables
        ],
    }
    return _yaml({"version": 2, "sources": [source]})


def _quoting(quoted: bool) -> dict[str, Any]:
    return {"quoting": {"identifier": True}} if quoted else {}


def _yaml(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
