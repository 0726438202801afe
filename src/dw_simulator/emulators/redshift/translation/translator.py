"""The way of one statement through the phases."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from dw_simulator.emulators.redshift.translation import (
    absent,
    catalogs,
    correlated,
    decorrelated,
    expressions,
    names,
    partiql,
    queries,
    scopes,
)
from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.dialect import generate, parse

Phase = Callable[[exp.Expr, Context], exp.Expr]

PHASES: tuple[tuple[str, Phase], ...] = (
    ("names", names.run),
    ("absent", absent.run),
    ("decorrelated", decorrelated.run),
    ("queries", queries.run),
    ("correlated", correlated.run),
    ("partiql", partiql.run),
    ("expressions", expressions.run),
    ("catalogs", catalogs.run),
)


def translate(sql: str, context: Context) -> str:
    """One query or data statement in the words of the backend.

    Raises:
        RedshiftError: a syntax error, or something that is refused or not supported.
        CatalogNeeded: the columns of these tables decide; call again with them in the context.
    """
    tree = parse(sql)
    context.wanted |= scopes.tables_of(tree)
    for _, phase in PHASES:
        tree = phase(tree, context)
    return generate(tree)
