"""The experiment model: what tables there are, what their columns hold, and how they refer to each other.

The model is the one form that everything else reads: importers produce it, the generator and the warehouses consume it,
the metadata store keeps its JSON. It is strict: unknown keys and wrong types are errors. What makes one object
meaningless in itself is checked here, everything else by :mod:`dw_simulator.schema.validation`.

Names: a name is case-insensitive and written without quotes, as in SQL: Redshift folds it to lower case, Snowflake to
upper case. ``quoted`` marks a name that a warehouse only accepts in double quotes (a reserved word, a space, mixed
case); Snowflake then keeps its spelling, Redshift folds it all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dw_simulator.schema.base import Count, Flag, IsoMoment, Model, Real, parse_moment
from dw_simulator.schema.defects import Defect, named_kinds
from dw_simulator.schema.distributions import Distribution
from dw_simulator.schema.history import Cdc, History
from dw_simulator.schema.rules import After, Correlation, FanOut, Growth, Hierarchy, Lookup, Rollup

MAX_ROWS = 1 << 40


class Warehouse(StrEnum):
    SQLITE = "sqlite"
    REDSHIFT = "redshift"
    SNOWFLAKE = "snowflake"


class Dialect(StrEnum):
    ANSI = "ansi"
    REDSHIFT = "redshift"
    SNOWFLAKE = "snowflake"


class DataType(StrEnum):
    """The logical types. How each is stored is the warehouse adapter's business; ``Column.physical_type`` overrides."""

    SMALLINT = "SMALLINT"
    INT = "INT"
    BIGINT = "BIGINT"
    DECIMAL = "DECIMAL"
    FLOAT = "FLOAT"
    BOOLEAN = "BOOLEAN"
    VARCHAR = "VARCHAR"
    CHAR = "CHAR"
    DATE = "DATE"
    TIME = "TIME"
    TIMESTAMP = "TIMESTAMP"
    TIMESTAMP_TZ = "TIMESTAMP_TZ"
    BINARY = "BINARY"
    JSON = "JSON"

    @property
    def is_integer(self) -> bool:
        return self in INTEGER_RANGES

    @property
    def is_number(self) -> bool:
        return self.is_integer or self in (DataType.DECIMAL, DataType.FLOAT)

    @property
    def is_text(self) -> bool:
        return self in (DataType.VARCHAR, DataType.CHAR)

    @property
    def is_temporal(self) -> bool:
        return self in (DataType.DATE, DataType.TIMESTAMP, DataType.TIMESTAMP_TZ)


INTEGER_RANGES: dict[DataType, tuple[int, int]] = {
    DataType.SMALLINT: (-(1 << 15), (1 << 15) - 1),
    DataType.INT: (-(1 << 31), (1 << 31) - 1),
    DataType.BIGINT: (-(1 << 63), (1 << 63) - 1),
}

TYPE_ALIASES: dict[str, DataType] = {
    "INTEGER": DataType.INT,
    "NUMERIC": DataType.DECIMAL,
    "DOUBLE": DataType.FLOAT,
    "STRING": DataType.VARCHAR,
    "TEXT": DataType.VARCHAR,
    "BOOL": DataType.BOOLEAN,
    "DATETIME": DataType.TIMESTAMP,
    "TIMESTAMPTZ": DataType.TIMESTAMP_TZ,
    "VARBYTE": DataType.BINARY,
    "SUPER": DataType.JSON,
    "VARIANT": DataType.JSON,
}


# --- keys -----------------------------------------------------------------------------------------
class ForeignKey(Model):
    """One column that refers to one column of a table (also its own). Also written as the text ``"table.column"``."""

    table: str
    column: str
    fan_out: FanOut | None = Field(None, description="how many rows refer to each row of the parent")
    hierarchy: Hierarchy | None = Field(None, description="levels, where the table refers to itself")
    as_of: str | None = Field(
        None, description="where the parent has history: the column whose moment says which version is meant"
    )

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            table, dot, column = value.rpartition(".")
            if not dot or not table or not column:
                raise ValueError(f"a foreign key is written 'table.column', got {value!r}")
            return {"table": table, "column": column}
        return value


class CompositeForeignKey(Model):
    """Several columns that together refer to as many columns of one table."""

    columns: list[str] = Field(min_length=2)
    table: str
    references: list[str] = Field(min_length=2)
    fan_out: FanOut | None = Field(None, description="how many rows refer to each row of the parent")

    @model_validator(mode="after")
    def _same_length(self) -> CompositeForeignKey:
        if len(self.columns) != len(self.references):
            raise ValueError(
                f"{len(self.columns)} columns refer to {len(self.references)} columns; the counts must be equal"
            )
        return self


class Identity(Model):
    """IDENTITY / AUTOINCREMENT: row i (0-based) holds ``seed + i * step``."""

    seed: Count = 1
    step: Count = 1
    by_default: Flag = False

    @field_validator("step")
    @classmethod
    def _step_not_zero(cls, step: int) -> int:
        if step == 0:
            raise ValueError("the step of an identity column cannot be 0")
        return step


# --- columns --------------------------------------------------------------------------------------
_TYPE_TEXT = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\(\s*(\d+|max)\s*(?:,\s*(\d+)\s*)?\))?\s*", re.IGNORECASE)

VARCHAR_MAX = 65_535
"""What VARCHAR(MAX) stands for in Redshift (page "Character types")."""


def _type_arguments(text: str, data_type: str, first: str, second: str | None, given: dict[str, Any]) -> dict[str, int]:
    """What the brackets of ``DECIMAL(10,2)`` or ``VARCHAR(30)`` say, as fields of a column."""
    if data_type == DataType.DECIMAL and first.isdigit():
        said = {"precision": int(first), "scale": int(second or 0)}
    elif data_type in (DataType.VARCHAR, DataType.CHAR, DataType.BINARY) and second is None:
        said = {"varchar_length": int(first) if first.isdigit() else VARCHAR_MAX}
    else:
        raise ValueError(f"type {text!r}: {data_type} takes no such length")
    for name, number in said.items():
        if given.get(name) not in (None, number):
            raise ValueError(f"type {text!r} says {name} {number}, but {name} is {given[name]}")
    return said


class Column(Model):
    """One column. Which rules apply depends on the type; a rule that does not fit the type is an error."""

    name: str = Field(min_length=1)
    data_type: DataType = Field(
        description="logical type; lengths may be written along: DECIMAL(10,2), VARCHAR(30), CHAR(2)"
    )
    precision: Count | None = Field(None, ge=1, le=38, description="DECIMAL: total digits")
    scale: Count | None = Field(None, ge=0, le=37, description="DECIMAL: digits after the point")
    varchar_length: Count | None = Field(None, ge=1, le=134_217_728, description="VARCHAR, CHAR, BINARY: longest value")
    physical_type: str | None = Field(
        None, description="the type as declared in the experiment's dialect, used as it is in that dialect's warehouse"
    )
    quoted: Flag = Field(False, description="the name must be written in double quotes")

    required: Flag = Field(False, description="NOT NULL")
    is_unique: Flag = Field(False, description="no value appears twice")
    null_fraction: Real = Field(0.0, ge=0.0, le=1.0, description="share of rows that are NULL")

    min_value: int | Decimal | float | None = Field(None, description="numbers: smallest value")
    max_value: int | Decimal | float | None = Field(None, description="numbers: largest value")
    date_start: IsoMoment | None = Field(None, description="DATE, TIMESTAMP: first moment (ISO 8601)")
    date_end: IsoMoment | None = Field(None, description="DATE, TIMESTAMP: last moment (ISO 8601), included")
    faker_rule: str | None = Field(
        None, description="what the text looks like: a built-in rule (email, first_name, city …) or any Faker provider"
    )
    locale: str | None = Field(
        None, description="names, addresses and the like of a country, such as de_DE (with the extra faker)"
    )
    document: list[DocumentField] | None = Field(None, min_length=1, description="JSON: the fields of the documents")
    distribution: Distribution | None = None
    expression: str | None = Field(
        None, description="computed from other columns, such as `qty * price - discount`; see docs/expressions.md"
    )
    after: After | None = Field(None, description="DATE, TIMESTAMP: not before the moment in other columns")
    rollup: Rollup | None = Field(None, description="summed up from the rows of another table that refer to this one")
    foreign_key: ForeignKey | None = None

    identity: Identity | None = None
    default: str | None = Field(None, description="DEFAULT expression, in the experiment's dialect")
    encode: str | None = Field(None, description="Redshift ENCODE")
    comment: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_type(cls, value: Any) -> Any:
        """Take apart ``DECIMAL(10,2)`` and accept the usual aliases of type names."""
        if not isinstance(value, dict) or not isinstance(value.get("data_type"), str):
            return value
        match = _TYPE_TEXT.fullmatch(value["data_type"])
        if match is None:
            return value
        name, first, second = match.group(1).upper(), match.group(2), match.group(3)
        data_type = TYPE_ALIASES.get(name, name)
        if data_type not in DataType.__members__:
            return value
        value = dict(value)
        if first is not None:
            value |= _type_arguments(value["data_type"], data_type, first, second, value)
        value["data_type"] = data_type
        return value

    @field_validator("min_value", "max_value", mode="before")
    @classmethod
    def _number_not_flag(cls, value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError(f"{value} is not a number")
        return value

    @field_validator("date_start", "date_end", mode="before")
    @classmethod
    def _read_moment(cls, value: Any) -> Any:
        return parse_moment(value)

    @model_validator(mode="after")
    def _decimal_digits(self) -> Column:
        if self.data_type is DataType.DECIMAL:
            precision, scale = self.decimal_size
            if scale > precision:
                raise ValueError(f"scale {scale} is larger than precision {precision}")
        elif self.precision is not None or self.scale is not None:
            raise ValueError(f"precision and scale belong to DECIMAL, not to {self.data_type}")
        return self

    @property
    def decimal_size(self) -> tuple[int, int]:
        """(precision, scale); DECIMAL alone is DECIMAL(18,0), Redshift's default (page "Numeric types")."""
        return self.precision or 18, self.scale or 0

    @property
    def may_be_null(self) -> bool:
        return self.null_fraction > 0


class ArraySize(Model):
    """How many elements an array has; every number is equally likely."""

    min: Count = Field(0, ge=0)
    max: Count = Field(ge=0, le=1000)

    @model_validator(mode="after")
    def _in_order(self) -> ArraySize:
        if self.max < self.min:
            raise ValueError(f"at most {self.max} elements are fewer than at least {self.min}")
        return self


class DocumentField(Column):
    """A field of JSON documents: a column's name, type and rules of values (no keys, no rules about other columns), a
    nested `document` for type JSON, or an `array` of such values."""

    array: ArraySize | None = Field(None, description="an array of values instead of one")


Column.model_rebuild()


# --- tables ---------------------------------------------------------------------------------------
class SortKey(Model):
    """Redshift SORTKEY."""

    columns: list[str] = Field(default_factory=list)
    style: Literal["compound", "interleaved", "auto"] = "compound"


class Table(Model):
    name: str = Field(min_length=1)
    quoted: Flag = Field(False, description="the name must be written in double quotes")
    target_rows: Count = Field(1000, ge=0, le=MAX_ROWS, description="rows to generate")
    columns: list[Column] = Field(min_length=1, max_length=1600)

    primary_key: list[str] = Field(default_factory=list, description="columns of the primary key")
    unique_keys: list[list[str]] = Field(default_factory=list, description="UNIQUE constraints over several columns")
    composite_keys: list[list[str]] = Field(
        default_factory=list, description="composite primary keys that a surrogate key column stands in for"
    )
    foreign_keys: list[CompositeForeignKey] = Field(
        default_factory=list, description="foreign keys over several columns"
    )
    correlations: list[Correlation] = Field(default_factory=list, description="columns that rise and fall together")
    lookups: list[Lookup] = Field(
        default_factory=list, description="columns that take their values from one row of a list"
    )
    growth: Growth | None = Field(None, description="how the table grows when increments are appended")
    defects: list[Defect] = Field(
        default_factory=list, description="what is wrong with the data on purpose; see docs/defects.md"
    )
    history: History | None = Field(None, description="the rows are versions: a slowly changing dimension")
    cdc: Cdc | None = Field(None, description="the rows are the change events of a table with history")
    warnings: list[str] = Field(default_factory=list, description="what the user should know about the import")

    dist_style: Literal["auto", "even", "all", "key"] | None = Field(None, description="Redshift DISTSTYLE")
    dist_key: str | None = Field(None, description="Redshift DISTKEY column")
    sort_key: SortKey | None = None
    cluster_by: list[str] = Field(default_factory=list, description="Snowflake CLUSTER BY expressions")
    transient: Flag = Field(False, description="Snowflake TRANSIENT table")
    comment: str | None = None

    @field_validator("primary_key", mode="before")
    @classmethod
    def _one_column(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("defects", mode="before")
    @classmethod
    def _kinds(cls, value: Any) -> Any:
        return named_kinds(value)

    def column(self, name: str) -> Column | None:
        """The column of that name, in any case; None if there is none."""
        wanted = name.lower()
        return next((column for column in self.columns if column.name.lower() == wanted), None)

    def unique_groups(self) -> list[tuple[str, ...]]:
        """Every set of columns whose values together must be unique, single columns included, without repetition.

        Names are as the columns spell them.
        """
        single = [[column.name] for column in self.columns if column.is_unique or column.identity]
        groups: dict[frozenset[str], tuple[str, ...]] = {}
        for group in [*single, self.primary_key, *self.composite_keys, *self.unique_keys]:
            if group:
                spelled = tuple(found.name if (found := self.column(name)) else name for name in group)
                groups.setdefault(frozenset(spelled), spelled)
        return list(groups.values())

    def is_unique_column(self, name: str) -> bool:
        """Whether one column alone is unique (PRIMARY KEY, UNIQUE, identity)."""
        wanted = name.lower()
        return any(len(group) == 1 and group[0].lower() == wanted for group in self.unique_groups())


class Experiment(Model):
    """A named set of tables that are generated, loaded and queried together."""

    name: str = Field(min_length=1, max_length=63)
    description: str = ""
    dialect: Dialect = Dialect.ANSI
    target_warehouse: list[Warehouse] = Field(default_factory=lambda: [Warehouse.SQLITE], min_length=1)
    seed: Count | None = Field(None, ge=-(2**63), le=2**63 - 1, description="seed to generate with when none is given")
    tables: list[Table] = Field(min_length=1, max_length=10_000)
    import_warnings: list[str] = Field(default_factory=list, description="what was left out of an imported script")

    @model_validator(mode="before")
    @classmethod
    def _rows_of_events(cls, value: Any) -> Any:
        """A table of change events has the rows of the table whose events they are, if nothing else is said."""
        tables = value.get("tables") if isinstance(value, dict) else None
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            return value
        rows = {str(table.get("name")).lower(): table.get("target_rows") for table in tables}
        filled = []
        for table in tables:
            cdc = table.get("cdc")
            source = rows.get(str(cdc.get("of")).lower()) if isinstance(cdc, dict) else None
            filled.append(table if source is None else {"target_rows": source, **table})
        return {**value, "tables": filled}

    @field_validator("target_warehouse", mode="before")
    @classmethod
    def _one_warehouse(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("target_warehouse")
    @classmethod
    def _no_repetition(cls, value: list[Warehouse]) -> list[Warehouse]:
        return list(dict.fromkeys(value))

    def table(self, name: str) -> Table | None:
        """The table of that name, in any case; None if there is none."""
        wanted = name.lower()
        return next((table for table in self.tables if table.name.lower() == wanted), None)

    @property
    def warnings(self) -> list[str]:
        """What the user should know: about the import as a whole and about each table."""
        return [*self.import_warnings, *(warning for table in self.tables for warning in table.warnings)]

    def references(self) -> Iterator[Reference]:
        """Every foreign key of the experiment, of one column or several."""
        for table in self.tables:
            for column in table.columns:
                if column.foreign_key:
                    key = column.foreign_key
                    yield Reference(table.name, (column.name,), key.table, (key.column,))
            for composite in table.foreign_keys:
                yield Reference(table.name, tuple(composite.columns), composite.table, tuple(composite.references))

    def fan_out(self, reference: Reference) -> FanOut | None:
        """How many rows refer to each row of the parent, where a foreign key says it."""
        table = self.table(reference.table)
        assert table is not None
        if len(reference.columns) == 1:
            column = table.column(reference.columns[0])
            return column.foreign_key.fan_out if column and column.foreign_key else None
        wanted = [name.lower() for name in reference.columns]
        keys = (key for key in table.foreign_keys if [name.lower() for name in key.columns] == wanted)
        return next((key.fan_out for key in keys), None)


class Reference(BaseModel):
    """A foreign key seen from outside: ``table.columns`` refer to ``parent.parent_columns``."""

    model_config = ConfigDict(frozen=True)

    table: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]

    def __init__(self, table: str, columns: tuple[str, ...], parent: str, parent_columns: tuple[str, ...]) -> None:
        super().__init__(table=table, columns=columns, parent=parent, parent_columns=parent_columns)
