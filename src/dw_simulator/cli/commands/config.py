"""`dw-sim config`: the effective settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import typer

from dw_simulator.cli.context import invocation
from dw_simulator.cli.output import JsonOption, print_json, print_table

if TYPE_CHECKING:
    from pydantic import BaseModel

MASK = "****"


class Setting(NamedTuple):
    name: str
    value: object
    variable: str
    description: str


def effective_settings(model: BaseModel, path: tuple[str, ...] = ()) -> Iterator[Setting]:
    """Each leaf of the settings model in the model's order, secrets masked."""
    from pydantic import BaseModel, SecretStr

    for field, info in type(model).model_fields.items():
        value, place = getattr(model, field), (*path, field)
        if isinstance(value, BaseModel):
            yield from effective_settings(value, place)
            continue
        shown = MASK if isinstance(value, SecretStr) else value
        variable = "DW_SIMULATOR_" + "_".join(place).upper()
        yield Setting(".".join(place), shown, variable, info.description or "")


def show(context: typer.Context, as_json: JsonOption = False) -> None:
    """Print every setting with its effective value and the environment variable that sets it; secrets are masked."""
    settings = list(effective_settings(invocation(context).settings()))
    if as_json:
        print_json({setting.name: setting.value for setting in settings})
        return
    rows = [(s.name, "" if s.value is None else str(s.value), s.variable, s.description) for s in settings]
    print_table(("setting", "value", "environment variable", "meaning"), rows, styles={"setting": "bold"})


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="See the settings.")
    group.command("show")(show)
    app.add_typer(group, name="config", rich_help_panel="Tools")
