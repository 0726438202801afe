"""`dw-sim schema`: the format itself, checking a schema file, turning DDL into a schema file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dw_simulator.cli import diagnostics
from dw_simulator.cli.options import (
    DialectName,
    DialectOption,
    NameOption,
    RowsOfEachOption,
    SchemaFile,
    SurrogateKeyOption,
)
from dw_simulator.cli.output import JsonOption, print_json, print_table, print_text
from dw_simulator.cli.views import counted

if TYPE_CHECKING:
    from dw_simulator.schema import Experiment

OutputFile = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write to this file, .json or .yaml.", metavar="FILE")
]


class DbtKindName(StrEnum):
    SOURCE = "source"
    SEED = "seed"
    MODEL = "model"


DbtKindsOption = Annotated[
    list[DbtKindName] | None,
    typer.Option("--dbt-kind", help="dbt: only relations of this kind; repeat it for several. [default: all]"),
]


def json_schema() -> None:
    """Print the JSON Schema of the schema format."""
    from dw_simulator.schema.json_schema import json_schema_text

    print_text(json_schema_text())


def check(
    file: SchemaFile,
    dialect: DialectOption = None,
    surrogate_key: SurrogateKeyOption = True,
    as_json: JsonOption = False,
) -> None:
    """Check a schema file: report everything that is wrong with it, or say what it holds."""
    from dw_simulator.experiments import check_experiment
    from dw_simulator.schema.importers import placing

    experiment = _read(file, dialect, None, surrogate_key)
    with placing(file):
        check_experiment(experiment)
    diagnostics.warn_all(experiment.warnings)
    rows = [
        {
            "table": table.name,
            "columns": len(table.columns),
            "rows": table.target_rows,
            "primary_key": table.primary_key or (table.composite_keys[0] if table.composite_keys else []),
            "refers_to": sorted({ref.parent for ref in experiment.references() if ref.table == table.name}),
        }
        for table in experiment.tables
    ]
    if as_json:
        print_json({"name": experiment.name, "tables": rows, "warnings": experiment.warnings})
        return
    print_table(("table", "columns", "rows", "primary key", "refers to"), [_joined(row) for row in rows])


def _joined(row: dict[str, object]) -> list[object]:
    return [", ".join(value) if isinstance(value, list) else value for value in row.values()]


def import_(
    file: SchemaFile,
    dialect: DialectOption = None,
    name: NameOption = None,
    output: OutputFile = None,
    rows: RowsOfEachOption = None,
    surrogate_key: SurrogateKeyOption = True,
    dbt_kinds: DbtKindsOption = None,
) -> None:
    """Turn a schema of any kind, such as DDL or a dbt project, into the JSON (or YAML) form; print it or write it."""
    from dw_simulator.schema.validation import check as check_experiment

    experiment = _read(file, dialect, name, surrogate_key, dbt_kinds)
    if rows is not None:
        tables = [table.model_copy(update={"target_rows": rows}) for table in experiment.tables]
        experiment = experiment.model_copy(update={"tables": tables})
    check_experiment(experiment)
    diagnostics.warn_all(experiment.warnings)
    text = _rendered(experiment, output)
    if output is None:
        print_text(text)
        return
    output.write_text(text, encoding="utf-8")
    diagnostics.say(f"wrote {counted(len(experiment.tables), 'table')} to {output}")


def _read(
    file: Path,
    dialect: DialectName | None,
    name: str | None,
    surrogate_key: bool,
    dbt_kinds: list[DbtKindName] | None = None,
) -> Experiment:
    from dw_simulator.schema import Dialect
    from dw_simulator.schema.importers import read_file
    from dw_simulator.schema.importers.dbt.nodes import KINDS

    chosen = Dialect(dialect.value) if dialect else None
    kinds = [kind for kind in KINDS if kind in [each.value for each in dbt_kinds or ()]]
    return read_file(file, name=name, dialect=chosen, surrogate_key=surrogate_key, dbt_kinds=kinds)


def _rendered(experiment: Experiment, output: Path | None) -> str:
    from dw_simulator.schema.importers import YAML_SUFFIXES
    from dw_simulator.schema.render import to_json, to_yaml

    if output is not None and output.suffix.lower() in YAML_SUFFIXES:
        return to_yaml(experiment)
    if output is not None and output.suffix.lower() != ".json":
        raise typer.BadParameter(f"{output.name}: the file must end in .json or .yaml", param_hint="--output")
    return to_json(experiment)


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="See the schema format, check and convert schemas.")
    group.command("json-schema")(json_schema)
    group.command("check")(check)
    group.command("import")(import_)
    app.add_typer(group, name="schema", rich_help_panel="Tools")
