"""`dw-sim snapshot`: save all state of the stack, and restore it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dw_simulator.cli import diagnostics
from dw_simulator.cli.confirm import confirm
from dw_simulator.cli.context import invocation
from dw_simulator.cli.guard import YesOption
from dw_simulator.cli.output import JsonOption, print_json, print_table

if TYPE_CHECKING:
    from dw_simulator.config.settings import Settings
    from dw_simulator.stack.snapshots import Manifest

app = typer.Typer(
    name="snapshot", help="Save all state of the stack, and restore it.", no_args_is_help=True, rich_markup_mode="rich"
)

NameArgument = Annotated[str, typer.Argument(help="The snapshot's name.")]
FolderOption = Annotated[
    Path | None, typer.Option("--to", metavar="FOLDER", help="Keep it here instead of in `snapshots` of the home.")
]
FromOption = Annotated[
    Path | None, typer.Option("--from", metavar="FOLDER", help="Take it from here instead of `snapshots` of the home.")
]


def _settings(context: typer.Context) -> Settings:
    return invocation(context).settings(use_running_stack=False)


@app.command()
def save(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Its name; the date and time if none is given.")] = None,
    to: FolderOption = None,
    note: Annotated[str | None, typer.Option(help="A remark to remember it by.")] = None,
) -> None:
    """Save objects, warehouses, experiments and certificates. A running stack pauses meanwhile."""
    from dw_simulator.stack import snapshots

    settings, began = _settings(context), time.monotonic()
    _say_pause(settings)
    with diagnostics.status("saving"):
        saved = snapshots.save(settings, name, folder=to, note=note)
    where = (to or snapshots.snapshots_dir(settings)) / saved.name
    diagnostics.say(f"saved {saved.name} ({_size(saved)}, {time.monotonic() - began:.1f} s) in {where}")
    if settings.redshift.backend_dsn is not None:
        diagnostics.warn("Redshift's data are in a PostgreSQL of your own, and not in the snapshot")


@app.command()
def restore(context: typer.Context, name: NameArgument, folder: FromOption = None, yes: YesOption = False) -> None:
    """Replace all state by that of a snapshot, after its checksums were verified. A running stack pauses meanwhile."""
    from dw_simulator.stack import control, snapshots

    settings, began = _settings(context), time.monotonic()
    place = snapshots.find(settings, name, folder)
    question = f"replace all state in {settings.home} by snapshot {name}"
    if control.running_record(settings) is not None:
        question += " and stop the running stack for a moment"
    if not yes:
        confirm(question)
    with diagnostics.status("restoring"):
        restored = snapshots.restore(settings, place)
    diagnostics.say(f"restored {restored.name} ({_size(restored)}, {time.monotonic() - began:.1f} s)")


@app.command("list")
def list_(context: typer.Context, folder: FromOption = None, as_json: JsonOption = False) -> None:
    """List the snapshots, oldest first."""
    from dw_simulator.errors import StackError
    from dw_simulator.stack import snapshots

    found = snapshots.saved(_settings(context), folder)
    whole = [entry for entry in found if not isinstance(entry, StackError)]
    if as_json:
        print_json({"snapshots": [entry.summary() for entry in whole]})
    elif whole:
        rows = [(entry.name, entry.created_at, _size(entry), entry.package, entry.note) for entry in whole]
        print_table(("snapshot", "saved at", "size", "version", "note"), rows)
    else:
        diagnostics.say("there are no snapshots; save one with: dw-sim snapshot save")
    for entry in found:
        if isinstance(entry, StackError):
            diagnostics.warn(entry.message)


@app.command()
def show(context: typer.Context, name: NameArgument, folder: FromOption = None, as_json: JsonOption = False) -> None:
    """Show what is in a snapshot, and verify its checksums."""
    from dw_simulator.stack import snapshots

    manifest = snapshots.verified(snapshots.find(_settings(context), name, folder))
    summary = manifest.summary()
    if as_json:
        print_json(summary)
        return
    rows = [(part, content["files"], content["bytes"]) for part, content in summary["parts"].items()]
    print_table(("part", "files", "bytes"), rows)
    diagnostics.say(
        f"saved at {manifest.created_at} by version {manifest.package} from {manifest.home}; all checksums are right"
    )


@app.command()
def delete(context: typer.Context, name: NameArgument, folder: FromOption = None, yes: YesOption = False) -> None:
    """Delete a snapshot."""
    from dw_simulator.stack import snapshots

    place = snapshots.find(_settings(context), name, folder)
    if not yes:
        confirm(f"delete snapshot {name} in {place.parent}")
    snapshots.delete(place)
    diagnostics.say(f"deleted {name}")


@app.command("export")
def export(
    context: typer.Context, name: NameArgument, file: Annotated[Path, typer.Argument(help="File to write (.tar.zst).")]
) -> None:
    """Write a snapshot to one file, to carry it to another machine."""
    from dw_simulator.stack import snapshots

    with diagnostics.status("writing"):
        snapshots.export_snapshot(snapshots.find(_settings(context), name), file.absolute())
    diagnostics.say(f"wrote {file} ({file.stat().st_size / 1e6:,.1f} MB)")


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `dw-sim snapshot export` wrote.")],
    name: Annotated[str | None, typer.Option(help="Another name for it.")] = None,
) -> None:
    """Take a snapshot from a file, after its checksums were verified."""
    from dw_simulator.stack import snapshots

    with diagnostics.status("reading"):
        manifest = snapshots.import_snapshot(_settings(context), file.absolute(), name)
    diagnostics.say(
        f"imported it as {name or manifest.name}; use it with: dw-sim snapshot restore {name or manifest.name}"
    )


def _say_pause(settings: Settings) -> None:
    from dw_simulator.stack import control

    if control.running_record(settings) is not None:
        diagnostics.say("the running stack pauses while its state is saved")


def _size(manifest: Manifest) -> str:
    return f"{manifest.size / 1e6:,.1f} MB"


def register(root: typer.Typer) -> None:
    root.add_typer(app, rich_help_panel="Stack")
