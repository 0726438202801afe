"""CONNECT BY … PRIOR … ("CONNECT BY clause"): a recursive query, level by level."""

from __future__ import annotations

from sqlglot import exp

from dw_simulator.emulators.redshift.errors import RedshiftError, UnsupportedFeatureError, syntax_error
from dw_simulator.emulators.redshift.translation import scopes
from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.nodes import column, name_of, quoted, walk_select
from dw_simulator.emulators.redshift.translation.scopes import aliased, is_star, output_name

_HIERARCHY = "_rs_hierarchy"
_JOINED = "_rs_joined"


def connect_by(select: exp.Select, context: Context) -> None:
    connect = select.args.get("connect")
    if connect is None:
        return
    if select.args.get("from_") is None:
        raise syntax_error("connect")
    if select.args.get("joins"):
        _join_first(select, context)
    item = next(scopes.from_items(select))
    alias = scopes.alias_of(item)
    found = scopes.sources(select, context)[0]
    if found.columns is None:
        raise RedshiftError("42P01", f'relation "{alias}" does not exist')
    anchor = exp.Select(expressions=[column(name, alias) for name in found.columns])
    anchor.append("expressions", aliased(exp.Literal.number(1), "level"))
    anchor.set("from_", exp.From(this=item.copy()))
    if connect.args.get("start") is not None:
        anchor.set("where", exp.Where(this=connect.args["start"].copy()))
    step = exp.Select(expressions=[column(name, alias) for name in found.columns])
    step.append("expressions", exp.Add(this=column("level", "_rs_prior"), expression=exp.Literal.number(1)))
    step.set("from_", exp.From(this=item.copy()))
    condition = connect.args["connect"].copy()
    for prior in list(condition.find_all(exp.Prior)):
        prior.replace(column(name_of(prior.this.this), "_rs_prior"))
    for plain in condition.find_all(exp.Column):
        if plain.args.get("table") is None:
            plain.set("table", quoted(alias))
    prior_table = exp.Table(this=quoted(_HIERARCHY), alias=exp.TableAlias(this=quoted("_rs_prior")))
    step.append("joins", exp.Join(this=prior_table, on=condition))
    union = exp.Union(this=anchor, expression=step, distinct=bool(connect.args.get("nocycle")))
    table = exp.Table(this=quoted(_HIERARCHY), alias=exp.TableAlias(this=quoted(alias)))
    cte = exp.CTE(this=union, alias=exp.TableAlias(this=quoted(_HIERARCHY)))
    select.set("connect", None)
    select.set("from_", exp.From(this=exp.Subquery(
        this=exp.Select(
            expressions=[exp.Star()],
            from_=exp.From(this=table),
            with_=exp.With(expressions=[cte], recursive=True),
        ),
        alias=exp.TableAlias(this=quoted(alias)),
    )))  # fmt: skip


# --- over a join -----------------------------------------------------------------------------------------------------
def _join_first(select: exp.Select, context: Context) -> None:
    """The join becomes one source, whose columns have names of their own; conditions that join go into it."""
    sources = scopes.sources(select, context)
    unknown = next((source.alias for source in sources if source.columns is None), None)
    if unknown is not None:
        raise UnsupportedFeatureError(f'CONNECT BY over a join of "{unknown}", whose columns are not known')
    _expand_stars(select, sources)
    names = {
        (source.alias, name): f"_h{position}"
        for position, (source, name) in enumerate(
            (source, name) for source in sources for name in source.columns or () if name not in source.merged
        )
    }
    inner = exp.Select(expressions=[aliased(column(name, alias), new) for (alias, name), new in names.items()])
    for key in ("from_", "joins", "laterals"):
        inner.set(key, select.args.get(key))
        select.set(key, None)
    joining, filtering = _conditions(select, names)
    inner.set("where", exp.Where(this=exp.and_(*joining, copy=False)) if joining else None)
    select.set("where", exp.Where(this=exp.and_(*filtering, copy=False)) if filtering else None)
    for node in list(walk_select(select)):
        if isinstance(node, exp.Column):
            found = _renamed(node, names)
            if found is not None:
                node.replace(column(found, _JOINED))
    select.set("from_", exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=quoted(_JOINED)))))


def _expand_stars(select: exp.Select, sources: list[scopes.Source]) -> None:
    """The select list without stars, and with the names that its columns have now."""
    expressions: list[exp.Expr] = []
    for node in select.expressions:
        columns = scopes.expand_star(node, sources) if is_star(node) else [node]
        expressions += columns or []
    select.set(
        "expressions",
        [node if isinstance(node, exp.Alias) else aliased(node, output_name(node)) for node in expressions],
    )


def _conditions(select: exp.Select, names: dict[tuple[str, str], str]) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """The parts of WHERE: those on columns of several sources join them, the others filter the hierarchy's rows."""
    where = select.args.get("where")
    if where is None:
        return [], []
    joining: list[exp.Expr] = []
    filtering: list[exp.Expr] = []
    for part in where.this.flatten() if isinstance(where.this, exp.And) else [where.this]:
        aliases = {_origin(node, names) for node in walk_select(part) if isinstance(node, exp.Column)} - {""}
        (joining if len(aliases) > 1 else filtering).append(part.copy())
    return joining, filtering


def _origin(node: exp.Column, names: dict[tuple[str, str], str]) -> str:
    """The source of a column; "" for ``level`` and what is not of this query."""
    table, name = name_of(node.args.get("table")), name_of(node.this)
    owners = [alias for alias, own in names if own == name and table in ("", alias)]
    if len(owners) > 1:
        raise RedshiftError("42702", f'column reference "{name}" is ambiguous')
    return owners[0] if owners else ""


def _renamed(node: exp.Column, names: dict[tuple[str, str], str]) -> str | None:
    return names.get((_origin(node, names), name_of(node.this)))
