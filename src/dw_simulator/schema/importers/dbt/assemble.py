"""Nodes -> experiment: names, types, rules of tests, foreign keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from dw_simulator.errors import ImportSchemaError, Problem
from dw_simulator.schema.checks.keys import type_family
from dw_simulator.schema.checks.names import PLAIN_ASCII, suggest_name
from dw_simulator.schema.graph import cycle_problem
from dw_simulator.schema.importers.dbt import types
from dw_simulator.schema.importers.dbt.drafts import ColumnDraft, ReferenceDraft, TableDraft
from dw_simulator.schema.importers.dbt.nodes import KINDS, Collected, DbtOptions, Node, NodeColumn, has_jinja
from dw_simulator.schema.importers.dbt.rules import apply_constraint, apply_test
from dw_simulator.schema.importers.dbt.values import bound_fields, distribution_of, type_of_values
from dw_simulator.schema.model import Column, Dialect, Experiment, Warehouse
from dw_simulator.schema.parse import located_problems
from dw_simulator.schema.reserved import quote_reserved

_ADAPTERS = {"redshift": Dialect.REDSHIFT, "snowflake": Dialect.SNOWFLAKE}
_WAREHOUSES: dict[Dialect, tuple[Warehouse, ...]] = {
    Dialect.REDSHIFT: (Warehouse.REDSHIFT,),
    Dialect.SNOWFLAKE: (Warehouse.SNOWFLAKE,),
    Dialect.ANSI: (Warehouse.REDSHIFT, Warehouse.SNOWFLAKE),
}


def from_nodes(
    collected: Collected, *, name: str | None, default_name: str | None = None, options: DbtOptions | None = None
) -> Experiment:
    """The experiment of what was read: every relation of the kinds asked for that has columns.

    ``name`` wins over that of the project, which wins over ``default_name``. Types are read in the dialect asked for
    or that of the project's adapter; types of other dialects are understood, too.

    Raises:
        ImportSchemaError: nothing can be imported, or the parts contradict each other.
    """
    options = options or DbtOptions()
    chosen = options.dialect or _ADAPTERS.get(collected.adapter or "", Dialect.ANSI)
    warnings = list(collected.warnings)
    nodes = [node for kind in KINDS if kind in options.kinds for node in collected.nodes if node.kind == kind]
    tables = [_draft(node, chosen) for node in _with_columns(nodes, warnings)]
    if not tables:
        raise ImportSchemaError(_nothing(collected, nodes, warnings))
    _name_apart(tables)
    for table in tables:
        for constraint in table.node.constraints:
            apply_constraint(table, constraint)
        for test in table.node.tests:
            apply_test(table, test)
        _infer_primary_key(table)
    _resolve(tables)
    for table in tables:
        _complete(table)
    return _experiment(tables, name or suggest_name(collected.name or default_name or "dbt"), chosen, warnings)


def _with_columns(nodes: Iterable[Node], warnings: list[str]) -> Iterator[Node]:
    bare = []
    for node in nodes:
        if node.columns:
            yield node
        else:
            bare.append(node.title)
    if bare:
        warnings.append(
            f"left out for want of columns: {', '.join(bare)}. Describe their columns in a property file, or run "
            "`dbt docs generate`: target/catalog.json has them."
        )


def _nothing(collected: Collected, nodes: list[Node], warnings: list[str]) -> Problem:
    if not collected.nodes and not warnings:
        return Problem("there is no source, seed or model in it", hint="describe at least one with its columns")
    if not nodes and collected.nodes:
        found = ", ".join(sorted({node.kind for node in collected.nodes}))
        return Problem(f"nothing of the kinds asked for is in it; there are: {found}")
    return Problem("no source, seed or model in it can be imported", hint=" ".join(warnings) or None)


def _draft(node: Node, dialect: Dialect) -> TableDraft:
    table = TableDraft(node, node.name, {}, rows=node.rows)
    dialects = [dialect, *(each for each in (Dialect.REDSHIFT, Dialect.SNOWFLAKE, Dialect.ANSI) if each is not dialect)]
    for key, column in node.columns.items():
        if has_jinja(column.name):
            table.warn(f"column {column.name!r} was left out: its name is only known once dbt has rendered it")
            continue
        fields: dict[str, Any] = {}
        if column.comment:
            fields["comment"] = column.comment
        if column.quoted or not PLAIN_ASCII.fullmatch(column.name):
            fields["quoted"] = True
        table.columns[key] = ColumnDraft(column.name, fields, _declared(table, column, dialects))
    return table


def _declared(table: TableDraft, column: NodeColumn, dialects: list[Dialect]) -> dict[str, Any] | None:
    if column.data_type and not has_jinja(column.data_type):
        if found := types.declared(column.data_type, dialects):
            return found
        table.warn(f"type {column.data_type!r} of {column.name} is not known; the type is taken from the name")
    elif column.data_type:
        table.warn(f"the type of {column.name} is only known once dbt has rendered it; it is taken from the name")
    return column.plain_type


def _name_apart(tables: list[TableDraft]) -> None:
    """A model may be named like a source; a table of the experiment may not. Sources keep their names."""
    taken: set[str] = set()
    for table in tables:
        name, number = table.name, 2
        if name.lower() in taken:
            name = f"{table.name}_{table.node.kind}"
        while name.lower() in taken:
            name, number = f"{table.name}_{table.node.kind}_{number}", number + 1
        if name != table.name:
            table.warn(f"its table is called {name}, because there is another {table.name}")
            table.name = name
        taken.add(name.lower())


def _infer_primary_key(table: TableDraft) -> None:
    """The first column that is tested as unique and as not null, as dbt itself infers it."""
    if not table.primary_key:
        keys = (each for each in table.columns.values() if each.fields.get("is_unique") and each.fields.get("required"))
        table.primary_key = [key.name for key in keys][:1]


# --- foreign keys --------------------------------------------------------------------------------------
def _resolve(tables: list[TableDraft]) -> None:
    """Say for each reference which table it means; what refers to nothing is left out with a warning."""
    by_key: dict[str, TableDraft] = {}
    for table in tables:
        for key in (*table.node.keys, table.node.name.lower()):
            by_key.setdefault(key, table)
    for table in tables:
        kept: list[ReferenceDraft] = []
        for reference in table.references:
            problem = _resolved(table, reference, by_key.get(reference.target), kept)
            if problem:
                table.warn(f"{reference.said_by} of {', '.join(reference.columns)} was left out: {problem}")
            else:
                kept.append(reference)
        table.references = kept
    _take_types(tables)


def _resolved(
    table: TableDraft, reference: ReferenceDraft, parent: TableDraft | None, kept: list[ReferenceDraft]
) -> str | None:
    if parent is None:
        return f"{reference.target.removeprefix('ref ')!r} is not imported or has no columns"
    spelled = parent.spelled(reference.target_columns)
    if spelled is None:
        return f"{parent.name} has no column {', '.join(reference.target_columns)}"
    if parent is table and {each.lower() for each in reference.columns} == {each.lower() for each in spelled}:
        return "it refers to itself"
    same = [each for each in kept if set(each.columns) == set(reference.columns)]
    if same:
        if (same[0].target, same[0].target_columns) == (parent.name, tuple(spelled)):
            return "it is said twice" if same[0].said_by == reference.said_by else "the other test says the same"
        return f"the column already refers to {same[0].target}"
    if not _is_unique(parent, spelled):
        parent.add_unique(spelled)
        parent.warn(f"{', '.join(spelled)} is made unique, because {table.name} refers to it")
    reference.target, reference.target_columns = parent.name, tuple(spelled)
    return None


def _is_unique(table: TableDraft, names: list[str]) -> bool:
    wanted = {name.lower() for name in names}
    groups = [table.primary_key, *table.unique_keys]
    single = [[each.name] for each in table.columns.values() if each.fields.get("is_unique")]
    return any({name.lower() for name in group} == wanted for group in groups + single)


def _take_types(tables: list[TableDraft]) -> None:
    """A column without a type that refers to another has that one's, along chains; so has one that is referred to."""
    by_name = {table.name: table for table in tables}
    pairs = [
        (table.columns[name.lower()], by_name[reference.target].columns[parent.lower()])
        for table in tables
        for reference in table.references
        for name, parent in zip(reference.columns, reference.target_columns, strict=True)
    ]
    changed = True
    while changed:
        changed = False
        for child, parent in pairs:
            for one, other in ((child, parent), (parent, child)):
                if one.type is None and (seen := other.type or (one is parent and type_of_values(one.values)) or None):
                    one.type = {key: value for key, value in seen.items() if key != "physical_type"}
                    changed = True
    for child, parent in pairs:  # neither says a type: both have that of the parent's name
        if parent.type is None:
            parent.type = types.by_name(parent.name)
        child.type = child.type or dict(parent.type)


# --- to the model --------------------------------------------------------------------------------------
def _complete(table: TableDraft) -> None:
    """Give every column a type, and make rules of accepted values and bounds."""
    guessed = []
    referring = {name.lower() for reference in table.references for name in reference.columns}
    for key, column in table.columns.items():
        if column.type is None:
            column.type = type_of_values(column.values) or types.by_name(column.name)
            guessed.append(column.name)
        if column.fields.get("required") and column.fields.pop("null_fraction", None):
            table.warn(f"the share of nulls of {column.name} was left out: another test says that there are none")
        if column.name in table.primary_key:
            column.fields.pop("null_fraction", None)
        if key in referring:
            if column.values or column.bounds:
                table.warn(f"accepted values of {column.name} were left out: it refers to another table")
            column.values, column.bounds = None, []
            column.fields.pop("identity", None)
            column.fields.pop("faker_rule", None)
        if column.values:
            _accept(table, column)
        if column.bounds and not column.values:
            fields, problems = bound_fields(column.type, column.bounds)
            column.fields |= fields
            for problem in problems:
                table.warn(f"a bound of {column.name} was left out: {problem}")
    if guessed:
        table.warn(f"no type is declared for {', '.join(guessed)}; taken from names and tests")


def _accept(table: TableDraft, column: ColumnDraft) -> None:
    values, problem = distribution_of(column.type or {}, column.values or [])
    if problem:
        table.warn(f"accepted values of {column.name} were left out: {problem}")
        return
    column.fields["distribution"] = {"type": "categorical", "values": values}
    column.fields.pop("identity", None)
    column.fields.pop("faker_rule", None)
    unique = column.fields.get("is_unique") or table.primary_key == [column.name]
    if unique and len(values) < (1000 if table.rows is None else table.rows):
        table.rows = len(values)
        table.warn(f"it has {len(values)} rows, because {column.name} is unique and has no more accepted values")


def _experiment(tables: list[TableDraft], name: str, dialect: Dialect, warnings: list[str]) -> Experiment:
    while True:
        data = {
            "name": name,
            "dialect": dialect,
            "target_warehouse": list(_WAREHOUSES[dialect]),
            "tables": [_plain(table) for table in tables],
            "import_warnings": warnings,
        }
        try:
            experiment = Experiment.model_validate(data)
        except ValidationError as error:
            raise ImportSchemaError([problem for problem, _ in located_problems(error, data)]) from None
        dropped = _drop_mismatched(experiment, tables) or _drop_cycle(experiment, tables)
        if not dropped:
            return quote_reserved(experiment, ("redshift", "snowflake", "sqlite"))


def _plain(table: TableDraft) -> dict[str, Any]:
    columns = {key: {"name": each.name, **(each.type or {}), **each.fields} for key, each in table.columns.items()}
    for name in table.primary_key:
        columns[name.lower()]["required"] = True
    composite = []
    for reference in table.references:
        if len(reference.columns) == 1:
            target = {"table": reference.target, "column": reference.target_columns[0]}
            columns[reference.columns[0].lower()]["foreign_key"] = target
        else:
            parent = {"table": reference.target, "references": list(reference.target_columns)}
            composite.append({"columns": list(reference.columns), **parent})
    quoted = table.node.quoted or not PLAIN_ASCII.fullmatch(table.name)
    return {
        "name": table.name,
        "columns": list(columns.values()),
        "primary_key": table.primary_key,
        "unique_keys": table.unique_keys,
        "foreign_keys": composite,
        "warnings": table.warnings,
        **({"quoted": True} if quoted else {}),
        **({"comment": table.node.comment} if table.node.comment else {}),
        **({"target_rows": table.rows} if table.rows is not None else {}),
    }


def _drop_mismatched(experiment: Experiment, tables: list[TableDraft]) -> bool:
    """A test of relationships may compare columns of different types, which no key can."""
    dropped = False
    for table in tables:
        for reference in list(table.references):
            for name, parent in zip(reference.columns, reference.target_columns, strict=True):
                one, other = _column(experiment, table.name, name), _column(experiment, reference.target, parent)
                if type_family(one) != type_family(other) and reference in table.references:
                    table.references.remove(reference)
                    table.warn(
                        f"{reference.said_by} of {name} was left out: it is {one.data_type}, but "
                        f"{reference.target}.{parent} is {other.data_type}"
                    )
                    dropped = True
    return dropped


def _column(experiment: Experiment, table: str, name: str) -> Column:
    found = experiment.table(table)
    column = found.column(name) if found else None
    if column is None:
        raise KeyError(f"{table}.{name}")
    return column


def _drop_cycle(experiment: Experiment, tables: list[TableDraft]) -> bool:
    """Two relations that are tested to hold the same keys refer to each other; one of the references is enough."""
    problem = cycle_problem(experiment)
    if problem is None:
        return False
    _, name, _, column, *_ = problem.path.split(".")
    table = next(each for each in tables if each.name == name)
    reference = next(each for each in table.references if each.columns[0] == column)
    table.references.remove(reference)
    table.warn(
        f"{reference.said_by} of {', '.join(reference.columns)} was left out: it and others refer to each other in a "
        "circle"
    )
    return True
