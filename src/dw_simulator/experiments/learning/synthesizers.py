"""Synthetic rows by SDV, the Synthetic Data Vault: a model of another kind than a schema, behind the same command.

SDV's licence is the Business Source License (BUSL-1.1), which is no open-source licence; dw-simulator does not depend
on it, and loads it only here. SDV documentation, pages "GaussianCopulaSynthesizer", "CTGANSynthesizer",
"HMASynthesizer".
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.errors import ConfigError, GenerationError, SchemaError
from dw_simulator.experiments.learning import texts
from dw_simulator.experiments.learning.keys import Keys, find_keys
from dw_simulator.experiments.learning.kinds import Typed
from dw_simulator.experiments.learning.learn import LearnOptions
from dw_simulator.experiments.learning.reading import Source
from dw_simulator.experiments.learning.scan import ColumnFacts, Progress, TableFacts, scan
from dw_simulator.schema.model import DataType

Synthesizer = Literal["gaussian-copula", "ctgan", "hma"]
SYNTHESIZERS: tuple[Synthesizer, ...] = get_args(Synthesizer)

_FORMS = {"email": "email", "ipv4": "ipv4_address", "phone_number": "phone_number", "url": "url", "uuid": "uuid"}
"""SDV's name of what a text looks like, whose values it makes up anew."""

LICENCE = "SDV is licensed under the Business Source License (BUSL-1.1), not an open-source licence"


def require_sdv() -> None:
    """Raises ConfigError where SDV is not installed."""
    try:
        importlib.import_module("sdv")
    except ImportError:
        raise ConfigError(
            "this synthesizer needs SDV, which is not installed",
            hint=f"pip install 'dw-simulator[sdv]' (with PyTorch, about a gigabyte; {LICENCE})",
        ) from None


def synthesize(
    sources: Sequence[Source],
    synthesizer: Synthesizer,
    options: LearnOptions,
    *,
    rows: int | None = None,
    epochs: int = 300,
    progress: Progress | None = None,
) -> dict[str, pa.Table]:
    """Fit a synthesizer to the samples, and let it make rows: as many as each source has, or ``rows``.

    Each table has a model of its own, and foreign keys mean nothing, but with ``hma``: one model of all tables, whose
    foreign keys hold. Values of text that fewer rows have than ``options.least`` are not shown to it.

    Raises:
        ConfigError: SDV is not installed.
        ImportSchemaError: a source cannot be read, or has no rows.
        SchemaError: HMA cannot be used for these tables.
        GenerationError: SDV refused or failed.
    """
    require_sdv()
    tables = [scan(source, sample_rows=options.sample_rows, seed=options.seed, progress=progress) for source in sources]
    keys = find_keys(tables, share=options.share)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SDV's and pandas' own, of deprecations and of what they detect
        try:
            if synthesizer == "hma":
                return _all_together(tables, keys, options, rows)
            return {facts.name: _alone(facts, keys, synthesizer, options, rows, epochs) for facts in tables}
        except (SchemaError, GenerationError):
            raise
        except Exception as error:
            raise GenerationError(f"SDV's {synthesizer} failed: {error}") from error


def _alone(
    facts: TableFacts, keys: dict[str, Keys], which: Synthesizer, options: LearnOptions, rows: int | None, epochs: int
) -> pa.Table:
    module = importlib.import_module("sdv.single_table")
    metadata = _metadata([facts], keys, options, related=False)
    if which == "ctgan":
        model = module.CTGANSynthesizer(metadata, epochs=epochs)
    else:
        model = module.GaussianCopulaSynthesizer(metadata)
    model.fit({facts.name: _frame(facts, metadata, options)})
    made = model.sample(rows or facts.rows)
    return _table(made[facts.name] if isinstance(made, dict) else made, facts)


def _all_together(
    tables: Sequence[TableFacts], keys: dict[str, Keys], options: LearnOptions, rows: int | None
) -> dict[str, pa.Table]:
    partial = [facts.name for facts in tables if facts.sampled < facts.rows]
    if partial:
        raise SchemaError(
            f"HMA wants all rows of its tables, but of {', '.join(partial)} only {options.sample_rows:,} are kept",
            hint="raise --sample-rows, or use --synthesizer gaussian-copula",
        )
    metadata = _metadata(tables, keys, options, related=True)
    if not metadata.relationships:
        raise SchemaError(
            "HMA is for tables that refer to each other, and no foreign key was found between these",
            hint="use --synthesizer gaussian-copula or ctgan; docs/profile.md says how keys are found",
        )
    model = importlib.import_module("sdv.multi_table").HMASynthesizer(metadata, verbose=False)
    model.fit({facts.name: _frame(facts, metadata, options) for facts in tables})
    made = model.sample_scale(rows / tables[0].rows if rows else 1.0)
    return {facts.name: _table(made[facts.name], facts) for facts in tables}


# --- what SDV is told ----------------------------------------------------------------------------------------
def _metadata(tables: Sequence[TableFacts], keys: dict[str, Keys], options: LearnOptions, *, related: bool) -> Any:
    described: dict[str, Any] = {}
    relationships = []
    for facts in tables:
        own = keys[facts.name]
        table: dict[str, Any] = {
            "columns": {each.name: _sdtype(each, own.role(each.name), related, options) for each in facts.columns}
        }
        if len(own.primary_key) == 1:
            table["columns"][own.primary_key[0]] = {"sdtype": "id"}
            table["primary_key"] = own.primary_key[0]
        described[facts.name] = table
        for key in own.foreign if related else ():
            if (
                len(key.columns) == 1
                and key.parent != facts.name
                and keys[key.parent].primary_key == key.parent_columns
            ):
                relationships.append(
                    {
                        "parent_table_name": key.parent,
                        "parent_primary_key": key.parent_columns[0],
                        "child_table_name": facts.name,
                        "child_foreign_key": key.columns[0],
                    }
                )
    plain = {"METADATA_SPEC_VERSION": "V1", "tables": described, "relationships": relationships}
    return importlib.import_module("sdv.metadata").Metadata.load_from_dict(plain)


def _sdtype(column: ColumnFacts, role: str, related: bool, options: LearnOptions) -> dict[str, Any]:
    kind = column.typed.kind
    if role == "unique" and kind is not DataType.VARCHAR:
        return {"sdtype": "id"}
    if role == "reference" and related:
        return {"sdtype": "id"}
    if column.typed.is_ordered:
        return {"sdtype": "datetime"} if kind.is_temporal else {"sdtype": "numerical"}
    if kind is DataType.BOOLEAN:
        return {"sdtype": "boolean"}
    is_text = kind is DataType.VARCHAR and len(column.typed.values) > 0
    if is_text and role == "value" and len(_rare(column.typed, options)) < len(column.typed.values) / 5:
        return {"sdtype": "categorical"}
    form = texts.rule_of(column.typed.values, options.least) if is_text else None
    return {"sdtype": _FORMS.get(form or "", "unknown"), "pii": True}


def _rare(values: Typed, options: LearnOptions) -> pa.Array:
    """Places of the values that too few rows have."""
    counted = pc.value_counts(values.values)
    rare = counted.filter(pc.less(counted.field("counts"), options.least)).field("values")
    return pc.indices_nonzero(pc.is_in(values.values, value_set=rare))


def _frame(facts: TableFacts, metadata: Any, options: LearnOptions) -> Any:
    """The sample; of a list of texts SDV sees only what is frequent, others it replaces by values of its own."""
    pandas = importlib.import_module("pandas")
    columns = metadata.tables[facts.name].columns
    return pandas.DataFrame(
        {
            column.name: _series(column.typed, pandas, options, listed=columns[column.name]["sdtype"] == "categorical")
            for column in facts.columns
        }
    )


def _series(values: Typed, pandas: Any, options: LearnOptions, *, listed: bool) -> Any:
    kind = values.kind
    if kind.is_integer:
        whole = pandas.array([None] * len(values.valid), dtype="Int64")
        whole[values.valid] = values.values.to_numpy(zero_copy_only=False)
        return pandas.Series(whole)
    if values.is_ordered and not kind.is_temporal:
        return pandas.Series(values.reals())
    if kind.is_temporal:
        return pandas.to_datetime(pandas.Series(values.moments()), unit="s")
    plain = np.full(len(values.valid), None, object)
    found = np.array(values.values.to_pylist(), object)
    if listed:
        found[_rare(values, options).to_numpy()] = None
    plain[values.valid] = found if kind in (DataType.VARCHAR, DataType.BOOLEAN) else [str(each) for each in found]
    return pandas.Series(plain, dtype=object)


def _table(frame: Any, facts: TableFacts) -> pa.Table:
    """What SDV made, with the types of the sample."""
    columns = []
    for column in facts.columns:
        made = pa.Array.from_pandas(frame[column.name])
        if column.typed.kind is DataType.DATE:
            made = made.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
        elif column.typed.kind.is_temporal:
            made = made.cast(pa.timestamp("us"), safe=False)
        columns.append(made)
    return pa.Table.from_arrays(columns, names=[column.name for column in facts.columns])
