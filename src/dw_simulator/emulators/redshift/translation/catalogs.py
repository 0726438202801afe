"""Phase "catalogs": PostgreSQL's catalog tables give way to views that look like Redshift's.

The views are in catalog/40_redirected.sql.
"""

from __future__ import annotations

from sqlglot import exp

from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.nodes import name_of, quoted

REDIRECTED = frozenset(
    [
        "pg_class",
        "pg_attribute",
        "pg_attrdef",
        "pg_constraint",
        "pg_index",
        "pg_proc",
        "pg_tables",
        "pg_views",
        "pg_indexes",
        "pg_default_acl",
        "pg_database",
        "pg_db_role_setting",
        "pg_depend",
        "pg_operator",
        "pg_type",
    ]
)
REDIRECTED_INFORMATION_SCHEMA = frozenset(["tables", "columns", "views", "table_constraints"])


def run(tree: exp.Expr, context: Context) -> exp.Expr:  # noqa: ARG001 - one interface for all phases
    redirected = False
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            continue
        schema, name = name_of(table.args.get("db")), name_of(table.this)
        if schema in ("", "pg_catalog") and name in REDIRECTED:
            _replace(table, f"dw_{name}", name)
            redirected = True
            if name == "pg_attrdef":
                _show_sources(tree, table.alias)
        elif schema == "information_schema" and name in REDIRECTED_INFORMATION_SCHEMA:
            _replace(table, f"dw_information_schema_{name}", name)
            redirected = True
    if redirected:
        _shorten_columns(tree)
    return tree


def _show_sources(tree: exp.Expr, alias: str) -> None:
    """``pg_get_expr(adbin, adrelid)`` is what adsrc says: PostgreSQL has no expression behind an identity column."""
    for call in list(tree.find_all(exp.Anonymous)):
        first = call.expressions[0] if call.expressions else None
        if call.name.lower() != "pg_get_expr" or not isinstance(first, exp.Column) or name_of(first.this) != "adbin":
            continue
        if name_of(first.args.get("table")) in ("", alias):
            source = exp.Column(this=quoted("adsrc"), table=quoted(alias))
            (call.parent if isinstance(call.parent, exp.Dot) else call).replace(source)


def _shorten_columns(tree: exp.Expr) -> None:
    """``pg_catalog.pg_class.relname`` names a table that is there no more; its alias has no schema."""
    for column in tree.find_all(exp.Column):
        schema, name = name_of(column.args.get("db")), name_of(column.args.get("table"))
        if (schema == "pg_catalog" and name in REDIRECTED) or (
            schema == "information_schema" and name in REDIRECTED_INFORMATION_SCHEMA
        ):
            column.set("db", None)


def _replace(table: exp.Table, view: str, name: str) -> None:
    """The view under the name of the table: qualified references to it keep working."""
    table.set("this", quoted(view))
    table.set("db", quoted("pg_catalog"))
    if table.args.get("alias") is None:
        table.set("alias", exp.TableAlias(this=quoted(name)))
