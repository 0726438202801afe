"""`dw-sim verify`: whether the warehouses hold what an experiment's schema promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dw_simulator.cli import views
from dw_simulator.cli.commands.experiment import PANEL, service, warehouses
from dw_simulator.cli.options import ExperimentArgument, WarehousesOption
from dw_simulator.cli.output import JsonOption, print_json, print_table
from dw_simulator.errors import VerificationFailed

if TYPE_CHECKING:
    from dw_simulator.experiments.verification.report import Check, VerifyReport


def verify(
    context: typer.Context,
    name: ExperimentArgument,
    target_warehouse: WarehousesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check in the warehouses, by SQL, what the schema promises: rows, NULLs, keys, ranges, values, lengths.

    Without -w, every warehouse that holds the experiment. The exit code is 11 when something is violated.
    """
    with service(context) as experiments:
        report = experiments.verify(name, warehouses=warehouses(target_warehouse))
    if as_json:
        print_json(report)
    else:
        _print(report)
    if not report.ok:
        raise VerificationFailed(_summary(name, report), hint=_hint(report))


def _print(report: VerifyReport) -> None:
    """A line for each table; then the rows that checks leave out, and what is violated."""
    rows: list[tuple[object, ...]] = []
    for part in report.warehouses:
        by_table: dict[str, list[Check]] = {}
        for check in part.checks:
            by_table.setdefault(check.table, []).append(check)
        for table, checks in by_table.items():
            broken = sum(not check.ok for check in checks)
            seconds = round(sum(check.seconds for check in checks), 2)
            rows.append((part.warehouse, table, len(checks), broken, seconds, "violated" if broken else "ok"))
        if part.error is not None:
            rows.append((part.warehouse, None, None, None, None, f"failed: {part.error}"))
    print_table(("warehouse", "table", "checks", "violated", "seconds", "result"), rows, styles={"table": "bold"})
    excepted = [
        (part.warehouse, check.table, check.rule, ", ".join(check.columns), check.excepted)
        for part in report.warehouses
        for check in part.checks
        if check.excepted
    ]
    if excepted:
        print_table(("warehouse", "table", "rule", "columns", "rows with defects, excepted"), excepted)
    broken_checks = [
        (part.warehouse, check.table, check.rule, ", ".join(check.columns), check.expected, check.actual)
        for part in report.warehouses
        for check in part.checks
        if not check.ok
    ]
    if broken_checks:
        print_table(("warehouse", "table", "rule", "columns", "expected", "found"), broken_checks)


def _summary(name: str, report: VerifyReport) -> str:
    broken = sum(not check.ok for part in report.warehouses for check in part.checks)
    failed = [str(part.warehouse) for part in report.warehouses if part.error is not None]
    parts = [f"{views.counted(broken, 'check')} found violations"] if broken else []
    parts += [f"{' and '.join(failed)} could not be checked"] if failed else []
    return f"experiment {name!r} is not as its schema says: {', '.join(parts)}"


def _hint(report: VerifyReport) -> str:
    first = next((check for part in report.warehouses for check in part.checks if not check.ok), None)
    return f"it was counted with: {first.sql}" if first is not None else "see why above, and try again"


def register(app: typer.Typer) -> None:
    app.command("verify", rich_help_panel=PANEL)(verify)
