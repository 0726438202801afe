"""CREATE TABLE of each warehouse from the schema model.

Types: a column's ``physical_type`` is used as it is in its own dialect's warehouse; elsewhere its logical type is
mapped by the tables below (Redshift guide "Data types"; Snowflake reference "Summary of data types").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dw_simulator.errors import WarehouseError
from dw_simulator.schema import Column, DataType, Dialect, Experiment, Reference, Table, Warehouse
from dw_simulator.schema.graph import load_order
from dw_simulator.warehouses.names import column_name, column_names, literal, table_name

REDSHIFT_MAX_VARCHAR = 65_535
REDSHIFT_MAX_CHAR = 4_096
REDSHIFT_MAX_VARBYTE = 1_024_000
SNOWFLAKE_MAX_BINARY = 8_388_608
SQLITE_EXACT_DIGITS = 15

_FIXED_TYPES: dict[Warehouse, dict[DataType, str]] = {
    Warehouse.REDSHIFT: {
        DataType.SMALLINT: "SMALLINT",
        DataType.INT: "INTEGER",
        DataType.BIGINT: "BIGINT",
        DataType.FLOAT: "DOUBLE PRECISION",
        DataType.BOOLEAN: "BOOLEAN",
        DataType.DATE: "DATE",
        DataType.TIME: "TIME",
        DataType.TIMESTAMP: "TIMESTAMP",
        DataType.TIMESTAMP_TZ: "TIMESTAMPTZ",
        DataType.JSON: "SUPER",
    },
    Warehouse.SNOWFLAKE: {
        DataType.SMALLINT: "SMALLINT",
        DataType.INT: "INTEGER",
        DataType.BIGINT: "BIGINT",
        DataType.FLOAT: "FLOAT",
        DataType.BOOLEAN: "BOOLEAN",
        DataType.DATE: "DATE",
        DataType.TIME: "TIME",
        DataType.TIMESTAMP: "TIMESTAMP_NTZ",
        DataType.TIMESTAMP_TZ: "TIMESTAMP_TZ",
        DataType.JSON: "VARIANT",
    },
    Warehouse.SQLITE: {
        DataType.SMALLINT: "INTEGER",
        DataType.INT: "INTEGER",
        DataType.BIGINT: "INTEGER",
        DataType.FLOAT: "REAL",
        DataType.BOOLEAN: "BOOLEAN",
        DataType.DATE: "DATE",
        DataType.TIME: "TEXT",
        DataType.TIMESTAMP: "TIMESTAMP",
        DataType.TIMESTAMP_TZ: "TIMESTAMP",
        DataType.JSON: "TEXT",
        DataType.BINARY: "BLOB",
    },
}


def _redshift_sized(column: Column) -> str:
    length = column.varchar_length
    match column.data_type:
        case DataType.CHAR if (length or 1) <= REDSHIFT_MAX_CHAR:
            return f"CHAR({length or 1})"
        case DataType.BINARY:
            return f"VARBYTE({min(length or REDSHIFT_MAX_VARBYTE, REDSHIFT_MAX_VARBYTE)})"
        case _:
            return f"VARCHAR({min(length or REDSHIFT_MAX_VARCHAR, REDSHIFT_MAX_VARCHAR)})"


def _snowflake_sized(column: Column) -> str:
    length = column.varchar_length
    match column.data_type:
        case DataType.CHAR:
            return f"CHAR({length or 1})"
        case DataType.BINARY:
            return f"BINARY({min(length or SNOWFLAKE_MAX_BINARY, SNOWFLAKE_MAX_BINARY)})"
        case _:
            return f"VARCHAR({length})" if length else "VARCHAR"


def _sqlite_sized(column: Column) -> str:
    name = "CHAR" if column.data_type is DataType.CHAR else "VARCHAR"
    return f"{name}({column.varchar_length})" if column.varchar_length else "TEXT"


_SIZED_TYPES: dict[Warehouse, Callable[[Column], str]] = {
    Warehouse.REDSHIFT: _redshift_sized,
    Warehouse.SNOWFLAKE: _snowflake_sized,
    Warehouse.SQLITE: _sqlite_sized,
}


def _needs_cast(column: Column, default: str) -> bool:
    """Whether Snowflake refuses the default: text for a number, a date or a time, or a number for text."""
    if column.data_type.is_text:
        return default.lstrip("+-")[:1].isdigit()
    return default.startswith("'") and (column.data_type.is_number or column.data_type in _MOMENTS)


_MOMENTS = (DataType.DATE, DataType.TIME, DataType.TIMESTAMP, DataType.TIMESTAMP_TZ)


def column_type(column: Column, dialect: Dialect, warehouse: Warehouse) -> str:
    """The column's type in the warehouse's SQL."""
    if column.physical_type and dialect.value == warehouse.value:
        return column.physical_type
    if column.data_type is DataType.DECIMAL:
        return _decimal(column, warehouse)
    fixed = _FIXED_TYPES[warehouse].get(column.data_type)
    return fixed or _SIZED_TYPES[warehouse](column)


def _decimal(column: Column, warehouse: Warehouse) -> str:
    precision, scale = column.decimal_size
    if warehouse is Warehouse.SQLITE and precision > SQLITE_EXACT_DIGITS:
        return "TEXT"  # a number would become a float and lose digits
    return f"{'NUMBER' if warehouse is Warehouse.SNOWFLAKE else 'DECIMAL'}({precision},{scale})"


# --- statements -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class CreatePlan:
    """Statements that create the tables, by table name, parents first.

    ``late`` are (table, statement) pairs to run once all tables are there: foreign keys of cycles.
    """

    tables: dict[str, list[str]]
    late: list[tuple[str, str]]


def create_statements(experiment: Experiment, warehouse: Warehouse, *, prefix: str = "") -> CreatePlan:
    """What to run to create an experiment's tables.

    Args:
        prefix: what to write before table names, for example ``"schema".``.

    Raises:
        WarehouseError: a DEFAULT cannot be said in the warehouse's SQL.
    """
    plan = CreatePlan({}, [])
    made: set[str] = set()
    for table in [_table(experiment, name) for name in load_order(experiment)]:
        made.add(table.name.lower())
        early = []
        for reference in _references(experiment, table, warehouse):
            if reference.parent.lower() in made or warehouse is Warehouse.SQLITE:
                early.append(reference)  # SQLite takes references to tables that come later
            else:
                clause = _foreign_key(experiment, reference, warehouse, prefix)
                statement = f"ALTER TABLE {prefix}{table_name(table, warehouse)} ADD {clause}"
                plan.late.append((table.name, statement))
        writer = TableWriter(experiment, table, warehouse, prefix)
        plan.tables[table.name] = [writer.create(early), *writer.comments()]
    return plan


def _references(experiment: Experiment, table: Table, warehouse: Warehouse) -> list[Reference]:
    """The foreign keys of a table that point to a declared key: warehouses refuse others."""
    mine = (reference for reference in experiment.references() if reference.table.lower() == table.name.lower())
    return [reference for reference in mine if _is_key(experiment, reference, warehouse)]


def _table(experiment: Experiment, name: str) -> Table:
    found = experiment.table(name)
    if found is None:
        raise WarehouseError(f"experiment {experiment.name!r} has no table {name!r}")
    return found


def _is_key(experiment: Experiment, reference: Reference, warehouse: Warehouse) -> bool:
    parent = _table(experiment, reference.parent)
    if not _keeps_keys(parent, warehouse):
        return False
    wanted = {name.lower() for name in reference.parent_columns}
    groups = [
        parent.primary_key,
        *parent.unique_keys,
        *([column.name] for column in parent.columns if column.is_unique),
    ]
    return any(wanted == {name.lower() for name in group} for group in groups if group)


def _keeps_keys(table: Table, warehouse: Warehouse) -> bool:
    """SQLite enforces keys, and an increment of a table with history has rows of the same key until it is settled."""
    return table.history is None or warehouse is not Warehouse.SQLITE


def _foreign_key(experiment: Experiment, reference: Reference, warehouse: Warehouse, prefix: str) -> str:
    child, parent = _table(experiment, reference.table), _table(experiment, reference.parent)
    own = column_names(child, reference.columns, warehouse)
    theirs = column_names(parent, reference.parent_columns, warehouse)
    return f"FOREIGN KEY ({own}) REFERENCES {prefix}{table_name(parent, warehouse)} ({theirs})"


class TableWriter:
    """Writes the statements of one table."""

    def __init__(self, experiment: Experiment, table: Table, warehouse: Warehouse, prefix: str) -> None:
        self._experiment = experiment
        self._table = table
        self._warehouse = warehouse
        self._prefix = prefix
        self._name = prefix + table_name(table, warehouse)

    def create(self, references: list[Reference]) -> str:
        parts = [self._column(column) for column in self._table.columns]
        parts += self._keys()
        parts += [_foreign_key(self._experiment, reference, self._warehouse, self._prefix) for reference in references]
        body = ",\n  ".join(parts)
        head = f"CREATE{' TRANSIENT' if self._is_transient else ''} TABLE IF NOT EXISTS {self._name} (\n  {body}\n)"
        return " ".join((head, *self._attributes()))

    @property
    def _is_transient(self) -> bool:
        return self._table.transient and self._warehouse is Warehouse.SNOWFLAKE

    # --- columns --------------------------------------------------------------------------------------------------
    def _column(self, column: Column) -> str:
        parts = [
            column_name(column, self._warehouse),
            column_type(column, self._experiment.dialect, self._warehouse),
            *self._identity(column),
            *self._default(column),
            *([f"ENCODE {column.encode}"] if column.encode and self._warehouse is Warehouse.REDSHIFT else []),
            *(["NOT NULL"] if column.required or self._in_primary_key(column) else []),
        ]
        if column.comment and self._warehouse is Warehouse.SNOWFLAKE:
            parts.append(f"COMMENT {self._text(column.comment)}")
        return " ".join(parts)

    def _in_primary_key(self, column: Column) -> bool:
        return column.name.lower() in {name.lower() for name in self._table.primary_key}

    def _identity(self, column: Column) -> Iterator[str]:
        identity = column.identity
        if identity is None:
            return
        if self._warehouse is Warehouse.REDSHIFT:
            always = "IDENTITY" if not identity.by_default else "GENERATED BY DEFAULT AS IDENTITY"
            yield f"{always}({identity.seed},{identity.step})"
        elif self._warehouse is Warehouse.SNOWFLAKE:
            yield f"AUTOINCREMENT START {identity.seed} INCREMENT {identity.step}"

    def _default(self, column: Column) -> Iterator[str]:
        if column.default is None or column.identity is not None:
            return
        expression = column.default
        if self._experiment.dialect.value != self._warehouse.value:
            expression = self._translate(column, expression)
        if self._warehouse is Warehouse.SQLITE:
            expression = f"({expression})"  # SQLite wants brackets around all but literals
        if self._warehouse is Warehouse.SNOWFLAKE and _needs_cast(column, expression):
            expression = f"CAST({expression} AS {column_type(column, self._experiment.dialect, self._warehouse)})"
        yield f"DEFAULT {expression}"

    def _translate(self, column: Column, expression: str) -> str:
        import sqlglot  # here, because it takes a quarter of a query's start-up time and most tables have no DEFAULT
        import sqlglot.errors

        source = None if self._experiment.dialect is Dialect.ANSI else self._experiment.dialect.value
        try:
            tree = sqlglot.parse_one(expression, read=source)
            return tree.sql(dialect=self._warehouse.value, unsupported_level=sqlglot.errors.ErrorLevel.RAISE)
        except sqlglot.errors.SqlglotError as error:
            raise WarehouseError(
                f"the DEFAULT of {self._table.name}.{column.name} cannot be said in {self._warehouse}: {expression}",
                hint="remove the default, or target only the warehouse it was written for",
            ) from error

    # --- keys and attributes --------------------------------------------------------------------------------------
    def _keys(self) -> Iterator[str]:
        if self._table.defects and self._warehouse is Warehouse.SQLITE:
            return  # SQLite enforces keys, which defects may break; the others take them as information
        primary = tuple(self._table.primary_key)
        if not _keeps_keys(self._table, self._warehouse):
            return
        if primary:
            yield f"PRIMARY KEY ({column_names(self._table, primary, self._warehouse)})"
        single = [(column.name,) for column in self._table.columns if column.is_unique]
        for group in dict.fromkeys([*single, *map(tuple, self._table.unique_keys)]):
            if {name.lower() for name in group} != {name.lower() for name in primary}:
                yield f"UNIQUE ({column_names(self._table, group, self._warehouse)})"

    def _attributes(self) -> Iterator[str]:
        match self._warehouse:
            case Warehouse.REDSHIFT:
                yield from self._redshift_attributes()
            case Warehouse.SNOWFLAKE:
                if self._table.cluster_by:
                    yield f"CLUSTER BY ({', '.join(self._table.cluster_by)})"
                if self._table.comment:
                    yield f"COMMENT = {self._text(self._table.comment)}"
            case Warehouse.SQLITE:
                return

    def _redshift_attributes(self) -> Iterator[str]:
        table = self._table
        if table.dist_style:
            yield f"DISTSTYLE {table.dist_style.upper()}"
        if table.dist_key:
            yield f"DISTKEY ({column_names(table, (table.dist_key,), self._warehouse)})"
        if table.sort_key is not None:
            if table.sort_key.style == "auto":
                yield "SORTKEY AUTO"
            else:
                columns = column_names(table, table.sort_key.columns, self._warehouse)
                yield f"{table.sort_key.style.upper()} SORTKEY ({columns})"

    # --- comments -------------------------------------------------------------------------------------------------
    def comments(self) -> list[str]:
        """Redshift keeps comments by statements of their own."""
        if self._warehouse is not Warehouse.REDSHIFT:
            return []
        statements = []
        if self._table.comment:
            statements.append(f"COMMENT ON TABLE {self._name} IS {self._text(self._table.comment)}")
        for column in self._table.columns:
            if column.comment:
                place = f"{self._name}.{column_name(column, self._warehouse)}"
                statements.append(f"COMMENT ON COLUMN {place} IS {self._text(column.comment)}")
        return statements

    def _text(self, text: str) -> str:
        text = text.replace("\\", "\\\\")  # Snowflake and Redshift read backslashes in strings as escapes
        return literal(text)
