"""Whether an experiment can be generated and loaded: everything that is wrong with it, at once."""

from __future__ import annotations

from collections.abc import Mapping

from dw_simulator.errors import SchemaError
from dw_simulator.schema.checks import (
    correlations,
    defects,
    derived,
    documents,
    domains,
    growth,
    history,
    keys,
    names,
    physical,
    rules,
    values,
)
from dw_simulator.schema.checks.context import Context
from dw_simulator.schema.model import MAX_ROWS, Experiment
from dw_simulator.schema.suggest import did_you_mean


def check(experiment: Experiment, rows: Mapping[str, int] | None = None) -> None:
    """Check names, rules, keys and the number of possible values.

    ``rows`` are row counts by table (in any case) that stand in for ``target_rows``.

    Raises:
        SchemaError: with every problem: its place, the value, what is allowed and what to do.
    """
    context = Context(experiment, dict(rows or {}))
    check_rows(context)
    families = (
        names,
        rules,
        values,
        keys,
        physical,
        domains,
        correlations,
        derived,
        documents,
        growth,
        history,
        defects,
    )
    for family in families:
        for one in family.CHECKS:
            one(context)
    if context.problems:
        raise SchemaError(context.problems)


def check_rows(context: Context) -> None:
    for name, count in context.rows.items():
        if context.table(name) is None:
            known = [table.name for table in context.experiment.tables]
            context.report(f"rows.{name}", f"there is no table {name!r}", did_you_mean(name, known, "the tables are"))
        elif not 0 <= count <= MAX_ROWS:
            context.report(f"rows.{name}", f"{count} rows are not possible", f"from 0 to {MAX_ROWS}")
