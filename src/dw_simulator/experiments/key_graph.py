"""The tables of an experiment and the keys between them, to draw: as data, for Graphviz, for Mermaid."""

from __future__ import annotations

import re

from pydantic import BaseModel, Field

from dw_simulator.experiments import dot
from dw_simulator.schema import Column, Experiment, Table
from dw_simulator.schema.graph import may_be_null


class GraphColumn(BaseModel):
    """One column of a table of the graph."""

    name: str
    type: str = Field(description="the type as declared, else the logical type with its length")
    primary_key: bool
    unique: bool = Field(description="no value appears twice in this column alone")
    nullable: bool
    rule: str | None = Field(description="what fills it: identity, a foreign key, a faker rule, a distribution")
    references: str | None = Field(description="`table.column` that it refers to")


class GraphTable(BaseModel):
    name: str
    target_rows: int
    columns: list[GraphColumn]


class GraphKey(BaseModel):
    """A foreign key."""

    from_table: str
    from_columns: list[str]
    to_table: str
    to_columns: list[str]
    composite: bool
    nullable: bool


class KeyGraph(BaseModel):
    """Tables and the foreign keys between them, in the order of the schema."""

    tables: list[GraphTable]
    keys: list[GraphKey]


def key_graph(experiment: Experiment) -> KeyGraph:
    """The graph of an experiment."""
    spelled = {table.name.lower(): table for table in experiment.tables}
    keys = []
    for reference in experiment.references():
        child, parent = spelled[reference.table.lower()], spelled[reference.parent.lower()]
        keys.append(
            GraphKey(
                from_table=child.name,
                from_columns=_spelled(child, reference.columns),
                to_table=parent.name,
                to_columns=_spelled(parent, reference.parent_columns),
                composite=len(reference.columns) > 1,
                nullable=may_be_null(child, reference.columns),
            )
        )
    referred: dict[str, dict[str, str]] = {}
    for key in keys:
        for column, target in zip(key.from_columns, key.to_columns, strict=True):
            referred.setdefault(key.from_table, {}).setdefault(column, f"{key.to_table}.{target}")
    tables = [_table(table, referred.get(table.name, {})) for table in experiment.tables]
    return KeyGraph(tables=tables, keys=keys)


def _spelled(table: Table, names: tuple[str, ...]) -> list[str]:
    return [found.name if (found := table.column(name)) else name for name in names]


def _table(table: Table, referred: dict[str, str]) -> GraphTable:
    primary = {name.lower() for name in table.primary_key}
    alone = {group[0] for group in table.unique_groups() if len(group) == 1}
    columns = [
        GraphColumn(
            name=column.name,
            type=type_text(column),
            primary_key=column.name.lower() in primary,
            unique=column.name in alone,
            nullable=not column.required and column.identity is None and column.name.lower() not in primary,
            rule=_rule(column, referred.get(column.name)),
            references=referred.get(column.name),
        )
        for column in table.columns
    ]
    return GraphTable(name=table.name, target_rows=table.target_rows, columns=columns)


def type_text(column: Column) -> str:
    """``DECIMAL(10,2)``, or the type as the user's DDL spelled it."""
    if column.physical_type:
        return column.physical_type
    if column.precision is not None:
        return f"{column.data_type}({column.precision},{column.scale or 0})"
    return f"{column.data_type}({column.varchar_length})" if column.varchar_length else str(column.data_type)


def _rule(column: Column, references: str | None) -> str | None:
    if column.identity is not None:
        return "identity"
    shape = column.distribution.type if column.distribution is not None else None
    if references is not None:
        return "foreign key" if shape is None else f"foreign key, {shape}"
    return column.faker_rule or shape


# --- drawings -------------------------------------------------------------------------------------------------------
def as_dot(graph: KeyGraph) -> str:
    """The graph for Graphviz: a table a node, a key an edge between columns."""
    number = {table.name: index for index, table in enumerate(graph.tables)}
    port = {table.name: {column.name: at for at, column in enumerate(table.columns)} for table in graph.tables}
    lines = [_dot_node(f"t{number[table.name]}", table) for table in graph.tables]
    for key in graph.keys:
        for column, target in zip(key.from_columns, key.to_columns, strict=True):
            start = f"t{number[key.from_table]}:c{port[key.from_table][column]}"
            end = f"t{number[key.to_table]}:c{port[key.to_table][target]}"
            lines.append(f"{start} -> {end} [style={'dashed' if key.nullable else 'solid'}]")
    return dot.digraph(lines, defaults='node [shape=plain, fontname="sans-serif"]')


def _dot_node(name: str, table: GraphTable) -> str:
    head = f'<tr><td bgcolor="lightgrey"><b>{dot.text(table.name)}</b> ({table.target_rows})</td></tr>'
    rows = [
        f'<tr><td port="c{at}" align="left">{dot.text(column.name)} {dot.text(column.type)}{_marks(column)}</td></tr>'
        for at, column in enumerate(table.columns)
    ]
    return f'{name} [label=<<table border="0" cellborder="1" cellspacing="0">{head}{"".join(rows)}</table>>]'


def _marks(column: GraphColumn) -> str:
    marks = [mark for mark, there in zip(("PK", "FK", "UK"), _kinds(column), strict=True) if there]
    return f" <i>{', '.join(marks)}</i>" if marks else ""


def _kinds(column: GraphColumn) -> tuple[bool, bool, bool]:
    return column.primary_key, column.references is not None, column.unique and not column.primary_key


_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def as_mermaid(graph: KeyGraph) -> str:
    """An ``erDiagram`` of Mermaid. Its attributes are plain words: what is not one is spelled out in a remark."""
    number = {table.name: f"t{index}" for index, table in enumerate(graph.tables)}
    lines = ["erDiagram"]
    for table in graph.tables:
        lines.append(f'  {number[table.name]}["{_mermaid(table.name)}"] {{')
        lines += [f"    {_attribute(column)}" for column in table.columns]
        lines.append("  }")
    unique = {(table.name, column.name) for table in graph.tables for column in table.columns if column.unique}
    for key in graph.keys:
        parent = "|o" if key.nullable else "||"
        children = "o|" if any((key.from_table, column) in unique for column in key.from_columns) else "o{"
        label = _mermaid(", ".join(key.from_columns))
        lines.append(f'  {number[key.to_table]} {parent}--{children} {number[key.from_table]} : "{label}"')
    return "\n".join(lines) + "\n"


def _attribute(column: GraphColumn) -> str:
    plain = _PLAIN.fullmatch(column.name) is not None
    name = column.name if plain else "_" + re.sub(r"[^A-Za-z0-9_]", "_", column.name, flags=re.ASCII)
    kind = "_".join(re.findall(r"[A-Za-z0-9]+", column.type)) or "UNKNOWN"
    marks = ", ".join(mark for mark, there in zip(("PK", "FK", "UK"), _kinds(column), strict=True) if there)
    remark = "" if plain else f' "{_mermaid(column.name)}"'
    return f"{kind} {name} {marks}".rstrip() + remark


def _mermaid(value: str) -> str:
    """Text in a quoted string of Mermaid, whose entities are written ``#quot;`` and ``#35;``."""
    entities = {'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;"}
    return "".join(entities.get(letter, letter if letter.isprintable() else " ") for letter in value)
