"""Schemas before they are experiments: read, fitted to other warehouses, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dw_simulator.errors import NotFound, SchemaError
from dw_simulator.schema import Dialect, Experiment, Warehouse

if TYPE_CHECKING:
    from dw_simulator.schema.importers.diagnostics import Imported

DEFAULT_SEED = 42
"""Seed of a run when neither the caller nor the experiment gives one: the same data every time."""


def check_experiment(experiment: Experiment) -> None:
    """Check that a schema is consistent and that its data can be made. Raises SchemaError with every problem.

    The second needs the generator, which alone knows the rules a `faker_rule` may name and the values they give.
    """
    from dw_simulator.generator import build_plan
    from dw_simulator.schema.validation import check

    check(experiment)
    build_plan(experiment, seed=DEFAULT_SEED)


def read_experiment(
    path: Path,
    *,
    name: str | None = None,
    target_warehouse: Sequence[Warehouse] | None = None,
    target_rows: int | None = None,
) -> Experiment:
    """Read a schema file (JSON or YAML) for :meth:`.ExperimentService.create`. Raises ImportSchemaError, NotFound."""
    from dw_simulator.schema.importers import read_file

    if not path.exists():
        raise NotFound(f"there is no file {path}")
    experiment = read_file(path, name=name)
    return retarget(experiment, target_warehouse, target_rows)


def table_rows(experiment: Experiment, rows: Mapping[str, int]) -> dict[str, int]:
    """Row overrides by the tables' own spelling. Raises SchemaError for an unknown table."""
    found: dict[str, int] = {}
    for name, count in rows.items():
        table = experiment.table(name)
        if table is None:
            names = ", ".join(table.name for table in experiment.tables)
            raise SchemaError(f"experiment {experiment.name!r} has no table {name!r}", hint=f"its tables are: {names}")
        if count < 0:
            raise SchemaError(f"table {name!r} cannot have {count} rows", hint="give 0 or more")
        found[table.name] = count
    return found


def retarget(
    experiment: Experiment, target_warehouse: Sequence[Warehouse] | None, target_rows: int | None
) -> Experiment:
    """The experiment with other warehouses or row counts, where these are given."""
    changes: dict[str, object] = {}
    if target_warehouse:
        changes["target_warehouse"] = list(dict.fromkeys(target_warehouse))
    if target_rows is not None:
        changes["tables"] = [table.model_copy(update={"target_rows": target_rows}) for table in experiment.tables]
    return experiment.model_copy(update=changes) if changes else experiment


def interpret_sql(
    sql: str,
    *,
    dialect: Dialect,
    name: str,
    surrogate_key: bool = True,
    target_warehouse: Sequence[Warehouse] | None = None,
    target_rows: int | None = None,
) -> Imported:
    """The experiment that a DDL script says, checked, with remarks and their places in the script.

    Raises ImportSchemaError, SchemaError; every problem of a table or column has its line.
    """
    from dw_simulator.schema.importers.ddl import import_ddl
    from dw_simulator.schema.reserved import quote_reserved

    imported = import_ddl(sql, dialect=dialect, name=name, surrogate_key=surrogate_key)
    aimed = replace(imported, experiment=retarget(imported.experiment, target_warehouse, target_rows))
    imported = aimed.changed_to(quote_reserved(aimed.experiment))
    try:
        check_experiment(imported.experiment)
    except SchemaError as error:
        raise type(error)(imported.placed(error.problems), hint=error.hint) from error
    return imported
