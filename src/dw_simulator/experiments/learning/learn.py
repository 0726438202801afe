"""Samples -> an experiment that generates data like them, with notes for whoever edits it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dw_simulator.errors import ImportSchemaError, SchemaError
from dw_simulator.experiments.learning.columns import LearnedColumn, Limits, learn_column
from dw_simulator.experiments.learning.correlations import coefficients, order_listed
from dw_simulator.experiments.learning.fan_outs import fan_out, is_ordinal
from dw_simulator.experiments.learning.keys import Keys, find_keys
from dw_simulator.experiments.learning.reading import Source
from dw_simulator.experiments.learning.scan import Progress, TableFacts, scan
from dw_simulator.experiments.schemas import check_experiment
from dw_simulator.schema import Experiment, Warehouse
from dw_simulator.schema.checks.names import PLAIN_ASCII, suggest_name
from dw_simulator.schema.parse import parse_experiment
from dw_simulator.schema.reserved import quote_reserved
from dw_simulator.schema.suggest import did_you_mean

DEFAULT_LEAST = 5
DEFAULT_SAMPLE_ROWS = 100_000
DEFAULT_BINS = 50
DEFAULT_VALUES = 1_000
DEFAULT_SHARE = 0.98


@dataclass(frozen=True, slots=True)
class LearnOptions:
    """How samples are looked at.

    ``least``: rows that must have a value for it to be written; ``allowed``: columns (``name`` or ``table.name``) that
    this does not hold for; ``sample_rows``: rows of a table kept for distributions and correlations; ``bins``:
    of a histogram; ``values``: most values of a list; ``share``: of a foreign key's different values that its parent
    must have; ``correlate``: whether correlations are looked for; ``seed``: which rows are in the sample.
    """

    least: int = DEFAULT_LEAST
    allowed: Collection[str] = ()
    sample_rows: int = DEFAULT_SAMPLE_ROWS
    bins: int = DEFAULT_BINS
    values: int = DEFAULT_VALUES
    share: float = DEFAULT_SHARE
    correlate: bool = True
    seed: int = 0
    target_warehouse: Sequence[Warehouse] = (Warehouse.REDSHIFT, Warehouse.SNOWFLAKE)


@dataclass
class Learned:
    """``notes``: for each table (key: its name) and column (``table.column``); ``head``: of the whole; ``tables``: what
    was looked at."""

    experiment: Experiment
    tables: Sequence[TableFacts] = ()
    head: list[str] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)


def learn(
    sources: Sequence[Source], *, name: str | None, options: LearnOptions, progress: Progress | None = None
) -> Learned:
    """Look at samples and write down what was seen.

    Raises:
        ImportSchemaError: a source cannot be read, has no rows, or two have the same name.
        SchemaError: a column is allowed that none of them has.
    """
    tables = [
        scan(source, sample_rows=options.sample_rows, seed=options.seed, progress=progress)
        for source in _distinct(sources)
    ]
    allowed = _allowed(tables, options.allowed)
    keys = find_keys(tables, share=options.share)
    notes: dict[str, list[str]] = {}
    plain = [_table(facts, tables, keys[facts.name], options, allowed, notes) for facts in tables]
    chosen = name or suggest_name(tables[0].name if len(tables) == 1 else f"{tables[0].name}_and_more")
    data = {"name": chosen, "target_warehouse": [str(each) for each in options.target_warehouse], "tables": plain}
    return Learned(_usable(data, notes), tables, _head(tables, options), notes)


def _distinct(sources: Sequence[Source]) -> Sequence[Source]:
    names = [source.table.lower() for source in sources]
    for source in sources:
        if names.count(source.table.lower()) > 1:
            raise ImportSchemaError(
                f"two sources would be called {source.table!r}", hint=f"give one a name: other={source.title}"
            )
    return sources


def _allowed(tables: Sequence[TableFacts], given: Collection[str]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for text in given:
        table, _, column = text.rpartition(".")
        matches = {
            (facts.name, each.name)
            for facts in tables
            for each in facts.columns
            if each.name.lower() == column.lower() and table.lower() in ("", facts.name.lower())
        }
        if not matches:
            known = [f"{facts.name}.{each.name}" for facts in tables for each in facts.columns]
            raise SchemaError(f"no sample has a column {text!r}", hint=did_you_mean(text, known, "there are"))
        found |= matches
    return found


def _head(tables: Sequence[TableFacts], options: LearnOptions) -> list[str]:
    titles = ", ".join(f"{facts.source.title} ({facts.rows:,} rows)" for facts in tables)
    head = [
        f"Learned by `dw-sim profile` from {titles}.",
        f"No value stands here that fewer than {options.least} rows have; edges of histograms are means of so many.",
    ]
    if options.allowed:
        head.append(f"Allowed in full: {', '.join(sorted(options.allowed))}.")
    if any(facts.sampled < facts.rows for facts in tables):
        head.append(
            f"Rows, NULLs, different values and keys are of all rows; the rest of {options.sample_rows:,} random rows "
            "a table."
        )
    return head


# --- tables ------------------------------------------------------------------------------------------------
def _table(
    facts: TableFacts,
    tables: Sequence[TableFacts],
    keys: Keys,
    options: LearnOptions,
    allowed: set[tuple[str, str]],
    notes: dict[str, list[str]],
) -> dict[str, Any]:
    limits = Limits(options.least, options.bins, options.values)
    columns: dict[str, LearnedColumn] = {}
    full = replace(limits, least=1)
    for column in facts.columns:
        chosen = full if (facts.name, column.name) in allowed else limits
        columns[column.name] = learn_column(facts.name, column, facts.rows, chosen, keys.role(column.name))
    _apply_keys(facts, keys, columns)
    _apply_fan_outs(facts, {each.name: each for each in tables}, keys, columns)
    table: dict[str, Any] = {"name": facts.name, "target_rows": facts.rows}
    if options.correlate and (entry := _correlations(columns)) is not None:
        table["correlations"] = [entry]
    for name, made in columns.items():
        if not PLAIN_ASCII.fullmatch(name):
            made.fields["quoted"] = True
        notes[f"{facts.name}.{name}"] = made.notes
    if not PLAIN_ASCII.fullmatch(facts.name):
        table["quoted"] = True
    if keys.primary_key:
        table["primary_key"] = list(keys.primary_key)
    composite = [key for key in keys.foreign if len(key.columns) > 1]
    if composite:
        table["foreign_keys"] = [
            {"columns": list(key.columns), "table": key.parent, "references": list(key.parent_columns)}
            for key in composite
        ]
    sampled = "" if facts.sampled == facts.rows else f", {facts.sampled:,} of them looked at closely"
    notes[facts.name] = [f"{facts.source.title}: {facts.rows:,} rows{sampled}"]
    return table | {"columns": [column.fields for column in columns.values()]}


def _apply_keys(facts: TableFacts, keys: Keys, columns: Mapping[str, LearnedColumn]) -> None:
    for name in keys.primary_key:
        columns[name].fields.pop("null_fraction", None)
    for name in keys.unique:
        columns[name].fields["is_unique"] = True
        _start_of(facts, name, columns[name])
    for key in keys.foreign:
        for name in key.columns:
            columns[name].fields.pop("min_value", None)
        if len(key.columns) == 1:
            (name,), (target,) = key.columns, key.parent_columns
            columns[name].fields["foreign_key"] = {"table": key.parent, "column": target}
            orphans = "" if key.share == 1 else f"; {1 - key.share:.2%} of its values are missing there"
            columns[name].notes.append(f"refers to {key.parent}.{target}, by its name and values{orphans}")


def _apply_fan_outs(
    facts: TableFacts, tables: Mapping[str, TableFacts], keys: Keys, columns: Mapping[str, LearnedColumn]
) -> None:
    """How many rows refer to each parent: of foreign keys outside of keys, and of those that a number completes."""
    for key in keys.foreign:
        (name, *more) = key.columns
        if more or key.parent == facts.name or name in keys.unique or key.share < 1:
            continue
        others = [each for each in keys.primary_key if each != name]
        completes = name in keys.primary_key and len(others) == 1 and is_ordinal(facts, name, others[0])
        if name in keys.primary_key and not completes:
            continue
        rule = fan_out(facts.column(name), tables[key.parent], scattered=not completes)
        if rule is None:
            continue
        columns[name].fields["foreign_key"]["fan_out"] = rule
        if completes:
            columns[others[0]].fields["expression"] = f"ordinal({name})"
            columns[others[0]].notes.append(f"numbers the rows of each {name}")


def _start_of(facts: TableFacts, name: str, column: LearnedColumn) -> None:
    """Ids count from where those of the sample do, rounded down to a power of ten."""
    values = facts.column(name).typed
    if not values.kind.is_integer or not len(values.values):
        return
    least = float(values.numbers().min())
    start = 0 if least == 0 else 10 ** (len(str(int(least))) - 1) if least > 0 else None
    if start is not None and start != 1:
        column.fields["min_value"] = start


def _correlations(columns: Mapping[str, LearnedColumn]) -> dict[str, Any] | None:
    ordered = [column.codes for column in columns.values() if column.codes is not None and not column.listed]
    for column in columns.values():
        if column.listed and column.codes is not None:
            _reorder(column, ordered)
    return coefficients({name: column.codes for name, column in columns.items() if column.codes is not None})


def _reorder(column: LearnedColumn, ordered: Sequence[Any]) -> None:
    """List a column's values in the order in which they go best with the ordered columns."""
    assert column.codes is not None
    order = order_listed(column.codes, ordered)
    spec = column.fields.get("distribution")
    if order is None or spec is None:
        return
    place = np.argsort(order).astype(np.float64)
    there = np.isfinite(column.codes)
    column.codes[there] = place[column.codes[there].astype(np.intp)]
    for key in ("values", "weights"):
        spec[key] = [spec[key][old] for old in order]


# --- to a schema that works ---------------------------------------------------------------------------------
def _usable(data: dict[str, Any], notes: dict[str, list[str]]) -> Experiment:
    """The experiment; rules that do not go with the rest, as of text that has no room, are taken away again."""
    while True:
        experiment = quote_reserved(parse_experiment(data), ("redshift", "snowflake", "sqlite"))
        try:
            check_experiment(experiment)
        except SchemaError as error:
            taken = [problem for problem in error.problems if _take_away(problem.path, data, notes)]
            if not taken:
                raise
        else:
            return experiment


def _take_away(path: str, data: dict[str, Any], notes: dict[str, list[str]]) -> bool:
    """Take away what a problem is about; whether there was something."""
    for table in data["tables"]:
        for column in table["columns"]:
            place = f"tables.{table['name']}.columns.{column['name']}."
            if f"{path}.".lower().startswith(place.lower()) and (taken := _least(column)):
                notes[f"{table['name']}.{column['name']}"].append(taken)
                return True
    return False


def _least(column: dict[str, Any]) -> str | None:
    """Take away the rule of a column that may be too much, and say so."""
    if "faker_rule" in column:
        return f"looks like {column.pop('faker_rule')}, which needs more room"
    if "expression" in column:
        return f"could be {column.pop('expression')}"
    rule = column.get("foreign_key", {}).pop("fan_out", None)
    return (
        f"the numbers of children ({rule['min']} to {rule['max']}) do not go with those of the rows" if rule else None
    )
