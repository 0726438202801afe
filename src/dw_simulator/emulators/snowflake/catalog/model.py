# ruff: noqa: E501 - SQL and message templates
"""The objects of the catalog, and their form in its table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from dw_simulator.emulators.snowflake.translation.text import identifier
from dw_simulator.emulators.snowflake.types.model import SnowflakeType, StructField

TABLE_KINDS = ("TABLE", "VIEW", "MATERIALIZED VIEW", "DYNAMIC TABLE", "EXTERNAL TABLE", "STREAM")
"""Kinds that share one namespace of a schema."""
TAGS = "set_tags"
"""The property of an object that holds its tags."""
PARAMETERS = "parameters"
"""The property of the account and of a user with the session parameters that are set on it."""
DATA_SCHEMA = "data"
"""The DuckDB schema of all tables. A table's physical name has its id, so renames, swaps and UNDROP touch no data."""


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(slots=True)
class TableColumn:
    """``key`` is the physical name; ``default`` and ``computed`` are Snowflake SQL; ``identity`` start and increment."""

    name: str
    key: str
    type: SnowflakeType
    default: str | None = None
    identity: tuple[int, int] | None = None
    sequence: str | None = None
    computed: str | None = None
    comment: str | None = None
    collation: str | None = None
    evolution: str | None = None
    """How a load added the column or took its NOT NULL away, as JSON."""
    tags: dict[str, str] = field(default_factory=dict)
    """Values of the tags set on the column, by the tag's id as text."""
    policy: dict[str, Any] | None = None
    """The masking policy set on the column: its ``id`` and the columns its arguments are (``using``)."""
    type_text: str | None = None
    """The type as the statement named it (``BIGINT``), where one did."""
    ordered: bool = False
    """Whether the identity was made with ORDER."""

    @property
    def shown_type(self) -> str:
        """The type as DESCRIBE and GET_DDL print it, with the collation."""
        return self.type.sql_name() + (f" COLLATE '{self.collation}'" if self.collation else "")

    @property
    def shown_identity(self) -> str | None:
        """The identity as DESCRIBE and SHOW COLUMNS print it."""
        if self.identity is None:
            return None
        return f"IDENTITY START {self.identity[0]} INCREMENT {self.identity[1]} {'' if self.ordered else 'NO'}ORDER"


@dataclass(slots=True)
class Constraint:
    """Kept and shown; only NOT NULL is enforced, and that is part of the column's type."""

    kind: str
    name: str
    columns: list[str]
    references: tuple[tuple[str, ...], list[str]] | None = None
    comment: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    """What the statement said of ``rely``, ``update_rule``, ``delete_rule`` and ``deferrability``, as SHOW prints it."""


@dataclass(slots=True)
class Entry:
    """Any object. ``database`` and ``schema`` are empty where the kind does not live in one."""

    kind: str
    name: str
    database: str = ""
    schema: str = ""
    id: int = 0
    owner: str = "ACCOUNTADMIN"
    comment: str = ""
    created: dt.datetime = field(default_factory=now)
    dropped: dt.datetime | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    columns: list[TableColumn] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    text: str = ""
    """A view's query, or the statement that made the object."""
    temporary: bool = False
    transient: bool = False

    @property
    def parts(self) -> tuple[str, str, str]:
        return self.database, self.schema, self.name

    @property
    def full_name(self) -> str:
        return ".".join(part for part in self.parts if part)

    @property
    def is_table(self) -> bool:
        return self.kind in ("TABLE", "DYNAMIC TABLE", "MATERIALIZED VIEW")

    @property
    def physical(self) -> str:
        """The quoted DuckDB table."""
        table = identifier(f"t{self.id}")
        return f"temp.main.{table}" if self.temporary else f"{DATA_SCHEMA}.{table}"

    def named_from(self, parts: tuple[str, ...]) -> tuple[str, str, str]:
        """Database, schema and name of what a name of one to three parts means beside this object."""
        database, schema, name = (*(self.database, self.schema)[: 3 - len(parts)], *parts)
        return database, schema, name

    @property
    def tags(self) -> dict[str, str]:
        """Values of the tags set on the object, by the tag's id as text. Changing it changes the entry."""
        found: dict[str, str] = self.properties.setdefault(TAGS, {})
        return found

    def column(self, name: str) -> TableColumn | None:
        return next((column for column in self.columns if column.name == name), None)


# --- the stored form --------------------------------------------------------------------------------------------------
def type_to_json(kind: SnowflakeType) -> dict[str, Any]:
    data: dict[str, Any] = {"name": kind.name}
    for name in ("precision", "scale", "length", "byte_length"):
        value = getattr(kind, name)
        if value is not None:
            data[name] = value
    if not kind.nullable:
        data["nullable"] = False
    if kind.fields:
        data["fields"] = [[item.name, type_to_json(item.type)] for item in kind.fields]
    return data


def type_from_json(data: dict[str, Any]) -> SnowflakeType:
    values = dict(data)
    fields = tuple(StructField(name, type_from_json(inner)) for name, inner in values.pop("fields", ()))
    return SnowflakeType(**values, fields=fields)


def entry_to_json(entry: Entry) -> dict[str, Any]:
    return {
        "owner": entry.owner,
        "comment": entry.comment,
        "created": entry.created.isoformat(),
        "dropped": entry.dropped.isoformat() if entry.dropped else None,
        "properties": entry.properties,
        "text": entry.text,
        "transient": entry.transient,
        "columns": [_column_to_json(column) for column in entry.columns],
        "constraints": [
            [
                c.kind,
                c.name,
                c.columns,
                [list(c.references[0]), c.references[1]] if c.references else None,
                c.comment,
                c.options,
            ]
            for c in entry.constraints
        ],
    }


def _column_to_json(column: TableColumn) -> dict[str, Any]:
    data = {name: getattr(column, name) for name in TableColumn.__slots__}
    data["type"] = type_to_json(column.type)
    return data


def entry_from_json(ident: int, kind: str, database: str, schema: str, name: str, data: dict[str, Any]) -> Entry:
    dropped = data["dropped"]
    columns = []
    for item in data["columns"]:
        item["type"] = type_from_json(item["type"])
        item["identity"] = tuple(item["identity"]) if item["identity"] else None
        columns.append(TableColumn(**item))
    constraints = [
        Constraint(kind_, label, cols, (tuple(refs[0]), refs[1]) if refs else None, *others)
        for kind_, label, cols, refs, *others in data["constraints"]
    ]
    return Entry(
        kind, name, database, schema, ident, data["owner"], data["comment"],
        dt.datetime.fromisoformat(data["created"]), dt.datetime.fromisoformat(dropped) if dropped else None,
        data["properties"], columns, constraints, data["text"], transient=data["transient"],
    )  # fmt: skip
