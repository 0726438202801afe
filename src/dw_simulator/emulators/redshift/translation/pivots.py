"""PIVOT and UNPIVOT ("PIVOT and UNPIVOT examples") over tables and subqueries of a FROM clause."""

from __future__ import annotations

from sqlglot import exp

from dw_simulator.emulators.redshift.errors import RedshiftError, UnsupportedFeatureError
from dw_simulator.emulators.redshift.translation import scopes
from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.nodes import column, name_of, quoted
from dw_simulator.emulators.redshift.translation.scopes import aliased

_SOURCE = "_rs_source"


def pivot(select: exp.Select, context: Context) -> None:
    for item in list(scopes.from_items(select)):
        clauses = item.args.get("pivots") or []
        context.inspected_literal = context.inspected_literal or bool(clauses)  # values become names
        for clause in clauses:
            item.set("pivots", None)
            source = item.copy()
            source.set("alias", exp.TableAlias(this=quoted(_SOURCE)))
            columns = _source_columns(source, item, context)
            build = _unpivoted if clause.args.get("unpivot") else _pivoted
            replacement = exp.Subquery(this=build(clause, source, columns), alias=_alias(clause, item))
            item.replace(replacement)


def _alias(clause: exp.Pivot, item: exp.Expr) -> exp.TableAlias:
    alias = clause.args.get("alias")
    if isinstance(alias, exp.TableAlias):
        return alias.copy()
    name = name_of(alias) if alias is not None else scopes.alias_of(item) or "_rs_pivot"
    return exp.TableAlias(this=quoted(name))


def _source_columns(source: exp.Expr, item: exp.Expr, context: Context) -> list[str]:
    probe = exp.Select(expressions=[exp.Star()], from_=exp.From(this=source))
    probe.parent = item.find_ancestor(exp.Select)
    columns = scopes.sources(probe, context)[0].columns
    probe.parent = None
    if columns is None:
        raise UnsupportedFeatureError("PIVOT and UNPIVOT over a source whose columns are not known")
    return list(columns)


def _pivoted(clause: exp.Pivot, source: exp.Expr, columns: list[str]) -> exp.Select:
    """One aggregate per value, filtered by it; all columns that are not named group."""
    field = clause.args["fields"][0]
    pivot_column = name_of(field.this.this)
    aggregates = [(node.this, name_of(node.args["alias"])) if isinstance(node, exp.Alias) else (node, "")
                  for node in clause.expressions]  # fmt: skip
    used = {name_of(node.this) for aggregate, _ in aggregates for node in aggregate.find_all(exp.Column)}
    keys = [name for name in columns if name != pivot_column and name not in used]
    result = exp.Select(expressions=[column(name, _SOURCE) for name in keys], from_=exp.From(this=source))
    for value in field.expressions:
        literal, name = _pivot_value(value)
        reference = column(pivot_column, _SOURCE)
        test: exp.Expr = (
            exp.Is(this=reference, expression=exp.Null())
            if isinstance(literal, exp.Null)
            else exp.EQ(this=reference, expression=literal)
        )
        for aggregate, suffix in aggregates:
            filtered = exp.Filter(this=aggregate.copy(), expression=exp.Where(this=test.copy()))
            result.append("expressions", aliased(filtered, f"{name}_{suffix}" if suffix else name))
    if keys:
        result.set("group", exp.Group(expressions=[column(name, _SOURCE) for name in keys]))
    return result


def _pivot_value(value: exp.Expr) -> tuple[exp.Expr, str]:
    if isinstance(value, exp.PivotAlias | exp.Alias):
        return value.this, name_of(value.args["alias"])
    name = "null" if isinstance(value, exp.Null) else value.name or value.sql("postgres")
    return value, name.lower()


def _unpivoted(clause: exp.Pivot, source: exp.Expr, columns: list[str]) -> exp.Select:
    """One row per named column: its name and its value; rows without a value only with INCLUDE NULLS."""
    field = clause.args["fields"][0]
    value_name = name_of(
        clause.expressions[0].this if isinstance(clause.expressions[0], exp.Column) else clause.expressions[0]
    )
    name_column = name_of(field.this.this if isinstance(field.this, exp.Column) else field.this)
    rows, unpivoted = [], set()
    for item in field.expressions:
        inner = item.this if isinstance(item, exp.PivotAlias | exp.Alias) else item
        source_column = name_of(inner.this)
        if source_column not in columns:
            raise RedshiftError("42703", f'column "{source_column}" does not exist')
        label = item.args["alias"].name if inner is not item else source_column
        unpivoted.add(source_column)
        rows.append(exp.Tuple(expressions=[exp.Literal.string(label), column(source_column, _SOURCE)]))
    values = exp.Values(
        expressions=rows,
        alias=exp.TableAlias(this=quoted("_rs_values"), columns=[quoted(name_column), quoted(value_name)]),
    )
    kept = [column(name, _SOURCE) for name in columns if name not in unpivoted]
    result = exp.Select(
        expressions=[*kept, column(name_column, "_rs_values"), column(value_name, "_rs_values")],
        from_=exp.From(this=source),
        joins=[exp.Join(this=_lateral(values), kind="CROSS")],
    )
    if not clause.args.get("include_nulls"):
        not_null = exp.Not(this=exp.Is(this=column(value_name, "_rs_values"), expression=exp.Null()))
        result.set("where", exp.Where(this=not_null))
    return result


def _lateral(values: exp.Values) -> exp.Expr:
    alias = values.args["alias"]
    values.set("alias", None)
    return exp.Lateral(this=exp.Paren(this=values), alias=alias)
