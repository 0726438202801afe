"""`dw-sim config`: the effective settings, where they come from, and whether they work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dw_simulator.cli import diagnostics
from dw_simulator.cli.context import invocation
from dw_simulator.cli.output import JsonOption, print_json, print_table

if TYPE_CHECKING:
    from dw_simulator.config.checks import Check
    from dw_simulator.config.settings import Loaded

MASK = "****"
MARKS = {"ok": "✓", "warning": "!", "error": "✗"}


@dataclass(frozen=True, slots=True)
class Row:
    """One effective setting; ``origin`` is the layer its value comes from, ``source`` the name it has there."""

    name: str
    value: Any
    origin: str
    source: str
    variable: str
    description: str


def effective_settings(loaded: Loaded) -> Iterator[Row]:
    """Each setting in the model's order. Secrets are masked; a reference to a secret is shown, it is none."""
    from pydantic import SecretStr

    from dw_simulator.config.catalog import value_at
    from dw_simulator.config.secrets import is_reference
    from dw_simulator.config.settings import CATALOG

    for setting in CATALOG.settings:
        value, origin = value_at(loaded.settings, setting.place), loaded.origin(setting)
        if isinstance(value, SecretStr):
            value = value.get_secret_value() if is_reference(value) else MASK
        yield Row(setting.name, value, origin.layer, origin.name, setting.variable, setting.description)


def show(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="Settings or groups to show (all).", metavar="[NAME]...")
    ] = None,
    changed: Annotated[bool, typer.Option("--changed", help="Only settings that differ from their default.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Print each setting with its effective value and where that comes from; secrets are masked."""
    loaded = invocation(context).load()
    rows = [row for row in effective_settings(loaded) if _is_wanted(row.name, names)]
    if changed:
        rows = [row for row in rows if row.origin != "default"]
    if names and not rows and not changed:
        raise typer.BadParameter(f"no setting is called {', '.join(names)}", param_hint="NAME")
    if as_json:
        print_json({row.name: {key: value for key, value in asdict(row).items() if key != "name"} for row in rows})
        return
    shown = [(r.name, "" if r.value is None else str(r.value), r.origin, r.variable, r.description) for r in rows]
    print_table(("setting", "value", "from", "environment variable", "meaning"), shown, styles={"setting": "bold"})
    read = [f"{layer.origin} ({layer.note})" if layer.note else layer.origin for layer in loaded.layers]
    diagnostics.say(f"lowest first: default, {', '.join(read)}; project folder {loaded.settings.config_dir}")


def _is_wanted(name: str, names: list[str] | None) -> bool:
    return not names or any(name == wanted or name.startswith(f"{wanted}.") for wanted in names)


def check(
    context: typer.Context,
    connect: Annotated[
        bool, typer.Option("--connect/--no-connect", help="Try the connections and the references to secrets.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Validate the settings, resolve references to secrets, and log in to S3, Redshift and Snowflake."""
    from dw_simulator.cli.checks import check_connections
    from dw_simulator.config.checks import check_layers, check_logins, check_references

    loaded = invocation(context).load()
    found = [*check_layers(loaded), *check_logins(loaded.settings)]
    if connect:
        with diagnostics.status("trying the connections"):
            found += check_references(loaded.settings)
            found += check_connections(loaded.settings)
    _report(found, as_json)
    if any(item.state == "error" for item in found):
        raise typer.Exit(diagnostics.EXIT_SERVICE_DOWN)


def _report(found: list[Check], as_json: bool) -> None:
    if as_json:
        print_json({"checks": [asdict(item) for item in found]})
        return
    print_table(("", "check", "result"), [(MARKS[item.state], item.name, item.text) for item in found])


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="See and check the settings.")
    group.command("show")(show)
    group.command("check")(check)
    app.add_typer(group, name="config", rich_help_panel="Tools")
