"""The statements of a load into Redshift, for whichever way they are sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

from dw_simulator.config.groups import RedshiftSettings
from dw_simulator.errors import WarehouseError, WarehouseSqlError
from dw_simulator.schema import Column, DataType, Experiment, Table, Warehouse
from dw_simulator.staging import Credentials
from dw_simulator.warehouses import record
from dw_simulator.warehouses.base import IncomingFile, StagedFile
from dw_simulator.warehouses.ddl import column_type, create_statements
from dw_simulator.warehouses.locations import common_prefix
from dw_simulator.warehouses.names import column_name, folded, literal, namespace, quote, table_name
from dw_simulator.warehouses.settling import settle

_HERE = Warehouse.REDSHIFT
_LOAD_TABLE = "dw_simulator_load"
_JSON_TEXT_TYPE = "VARCHAR(65535)"
_LOADED_INSTEAD = "rows but Redshift loaded "
_COUNT_PROBLEM = re.compile(rf'(?:"|context: +)(table .*{_LOADED_INSTEAD}\d+)')
"""In the words of the leader node, or in the details of a compute node."""
_LEADING = re.compile(r"(?:\s|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_QUERY = re.compile(r"(?:select|with)\b", re.IGNORECASE)
_INTO = re.compile(r"\binto\b", re.IGNORECASE)


def stored_name(table: Table) -> str:
    """Redshift folds quoted names too, unless enable_case_sensitive_identifier is on."""
    return folded(table.name, _HERE)


def full_name(experiment: Experiment, table: Table) -> str:
    return f"{namespace(experiment.name, _HERE)}.{table_name(table, _HERE)}"


def list_tables(experiment: str) -> str:
    """The tables of the experiment's schema, as they are stored."""
    schema = literal(folded(experiment, _HERE))
    return f"SELECT table_name FROM information_schema.tables WHERE table_schema = {schema}"


def set_schema(experiment: str) -> str:
    return f"SET search_path TO {namespace(experiment, _HERE)}, public"


def count_rows(experiment: Experiment, table: Table) -> str:
    return f"SELECT COUNT(*) FROM {full_name(experiment, table)}"


def empty_table(experiment: Experiment, table: Table) -> str:
    return f"DELETE FROM {full_name(experiment, table)}"


def drop_schema(experiment: str) -> str:
    return f"DROP SCHEMA IF EXISTS {quote(folded(experiment, _HERE))} CASCADE"


def make_tables(experiment: Experiment, present: Collection[str], *, empty: bool = True) -> list[str]:
    """Create what is missing, ``empty`` what is there. ``present``: the tables there are, as they are stored."""
    schema = namespace(experiment.name, _HERE)
    plan = create_statements(experiment, _HERE, prefix=f"{schema}.")
    there = {table.name for table in experiment.tables if stored_name(table) in present}
    statements = empty_record(experiment, present) if empty else []
    for name, creating in plan.tables.items():
        table = experiment.table(name)
        if table is None or name not in there:
            statements += creating
        elif empty:
            statements.append(empty_table(experiment, table))
    return statements + [statement for name, statement in plan.late if name not in there]


# --- appended files -----------------------------------------------------------------------------------------------
def record_name(experiment: Experiment) -> str:
    return f"{namespace(experiment.name, _HERE)}.{record.TABLE}"


def empty_record(experiment: Experiment, present: Collection[str]) -> list[str]:
    """Forget the appended files, when rows are removed."""
    return [f"DELETE FROM {record_name(experiment)}"] if record.TABLE in present else []


def prepare_append(experiment: Experiment, present: Collection[str]) -> list[str]:
    """Make what is missing. Nothing if nothing is."""
    names = {record.TABLE, *(stored_name(table) for table in experiment.tables)}
    if names <= set(present):
        return []
    return [
        make_schema(experiment.name),
        *make_tables(experiment, present, empty=False),
        record.create(record_name(experiment)),
    ]


def lock_record(experiment: Experiment) -> str:
    """Keeps other loaders out until the end of the transaction. It comes first in it: what is read after it is new."""
    return f"LOCK {record_name(experiment)}"


def append_files(
    experiment: Experiment, table: Table, files: Sequence[IncomingFile], manifest: str, authorization: str
) -> list[str]:
    """COPY of the files of a manifest, a check that it loaded as many rows as they have, and their record.

    In a table with history, versions that the new rows close are no longer open.
    """
    rows = sum(file.rows for file in files)
    name = full_name(experiment, table)
    columns = files[0].columns
    source = f"{literal(manifest)}\n{authorization}\nMANIFEST"
    if any(column.data_type is DataType.JSON for column in columns):
        copying = _copy_with_json(experiment, table, name, columns, source)
    else:
        copying = [_copy(name, columns, source)]
    settling = settle(table, _HERE, name)
    return [*copying, _check_copied(table, rows), *settling, record.insert(record_name(experiment), table, files)]


def check_unrecorded(experiment: Experiment, table: Table, files: Sequence[IncomingFile]) -> str:
    """A statement that fails, by a number that is none, when one of the files is in the record already."""
    uris = ", ".join(literal(file.uri) for file in files)
    return (
        f"SELECT CAST(COALESCE(MIN('conflict with concurrent transaction: another loader has loaded ' || uri), '0')"
        f" AS INTEGER) FROM {record_name(experiment)}"
        f" WHERE table_name = {literal(table.name)} AND uri IN ({uris})"
    )


def _check_copied(table: Table, rows: int) -> str:
    """A statement that fails, by a number that is none, when the last COPY loaded another number of rows.

    The text it fails by names the count (Redshift guide, "PG_LAST_COPY_COUNT").
    """
    problem = literal(f"table {table.name}: the files have {rows} {_LOADED_INSTEAD}")
    return (
        f"SELECT CAST(CASE WHEN pg_last_copy_count() = {rows} THEN '0'"
        f" ELSE {problem} || CAST(pg_last_copy_count() AS VARCHAR) END AS INTEGER)"
    )


@contextmanager
def counted() -> Iterator[None]:
    """Say what the failed check of a COPY's count means. Raises WarehouseError."""
    try:
        yield
    except WarehouseSqlError as error:
        found = _COUNT_PROBLEM.search(error.message)
        if found is None:
            raise
        raise WarehouseError(found[1]) from error


def make_schema(experiment: str) -> str:
    return f"CREATE SCHEMA IF NOT EXISTS {namespace(experiment, _HERE)}"


def load_table(experiment: Experiment, table: Table, files: Sequence[StagedFile], authorization: str) -> list[str]:
    """COPY of a table. Raises WarehouseError for what Redshift cannot load."""
    if not files:
        return []
    name = full_name(experiment, table)
    source = f"{literal(common_prefix([file.uri for file in files]))}\n{authorization}"
    if any(column.data_type is DataType.JSON for column in table.columns):
        return _copy_with_json(experiment, table, name, table.columns, source)
    return [_copy(name, table.columns, source)]


def _copy(name: str, columns: Sequence[Column], source: str) -> str:
    """COPY takes the columns of Parquet files by their position, into those that are named."""
    names = ", ".join(column_name(column, _HERE) for column in columns)
    identity = any(column.identity and not column.identity.by_default for column in columns)
    parts = [
        f"COPY {name} ({names})",
        f"FROM {source}",
        "FORMAT AS PARQUET",
        *(["EXPLICIT_IDS"] if identity else []),
    ]
    return "\n".join(parts)


def _copy_with_json(
    experiment: Experiment, table: Table, name: str, columns: Sequence[Column], source: str
) -> list[str]:
    """COPY reads a text into SUPER as a string, not as the JSON in it: go through a table of texts."""
    if any(column.identity and not column.identity.by_default for column in columns):
        raise WarehouseError(
            f"table {table.name} has an IDENTITY column and a SUPER column, which Redshift cannot load together",
            hint="make the identity GENERATED BY DEFAULT",
        )
    types = [
        _JSON_TEXT_TYPE if column.data_type is DataType.JSON else column_type(column, experiment.dialect, _HERE)
        for column in columns
    ]
    names = [column_name(column, _HERE) for column in columns]
    body = ", ".join(f"{column} {kind}" for column, kind in zip(names, types, strict=True))
    values = [
        f"JSON_PARSE({column})" if kind is _JSON_TEXT_TYPE else column
        for column, kind in zip(names, types, strict=True)
    ]
    return [
        f"CREATE TEMP TABLE {_LOAD_TABLE} ({body})",
        _copy(_LOAD_TABLE, columns, source),
        f"INSERT INTO {name} ({', '.join(names)}) SELECT {', '.join(values)} FROM {_LOAD_TABLE}",
        f"DROP TABLE {_LOAD_TABLE}",
    ]


def copy_authorization(settings: RedshiftSettings, keys: Callable[[], Credentials]) -> str:
    """What COPY reads S3 with (Redshift guide, "Authorization parameters"): a role, or the keys of this moment."""
    role = settings.copy_iam_role
    if role is not None:
        return "IAM_ROLE default" if role.lower() == "default" else f"IAM_ROLE {literal(role)}"
    found = keys()
    parts = [f"ACCESS_KEY_ID {literal(found.access_key)}", f"SECRET_ACCESS_KEY {literal(found.secret_key)}"]
    if found.session_token:
        parts.append(f"SESSION_TOKEN {literal(found.session_token)}")
    return " ".join(parts)


def wrong_count(table: Table, staged: int, loaded: int) -> WarehouseError:
    return WarehouseError(f"table {table.name}: {staged} rows are staged but Redshift holds {loaded} after COPY")


def returns_rows(sql: str) -> bool:
    """Whether a cursor can be declared for the statement. SELECT … INTO makes a table and cannot have one."""
    text = _LEADING.sub("", sql, count=1)
    return bool(_QUERY.match(text)) and not _INTO.search(text)
