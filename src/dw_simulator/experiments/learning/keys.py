"""Keys and foreign keys, from sketches of all rows and from names.

Values alone are no proof: the numbers 1 to 5 of a quantity are all ids of products. So a foreign key also wants a name
that points at its parent, or texts that only a key would share.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from dw_simulator.experiments.learning.columns import Role
from dw_simulator.experiments.learning.scan import ColumnFacts, TableFacts, unique_together
from dw_simulator.schema.model import DataType

_KEY_NAME = re.compile(r"(^|_)(id|key|sk|nk|pk|uuid|guid|code|no|nr|number|num|ref)$", re.IGNORECASE)
_GENERIC = frozenset(("id", "key", "code", "no", "nr", "number", "uuid", "guid", "pk", "sk", "name", "ref"))
_SELF = re.compile(r"^(parent|manager|boss|supervisor|reports_to|reply_to|root|previous|prev|next|original|lead)(_|$)")
_KEY_TYPES = frozenset((DataType.SMALLINT, DataType.INT, DataType.BIGINT, DataType.VARCHAR, DataType.DECIMAL))

FEWEST_ROWS = 10
"""A table of fewer rows proves no key."""

MOST_COMPOSITE_COLUMNS = 8


@dataclass(frozen=True, slots=True)
class ForeignKeyFound:
    """``share``: of the child's different values, that the parent has."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    share: float


@dataclass
class Keys:
    primary_key: tuple[str, ...] = ()
    unique: set[str] = field(default_factory=set)
    foreign: list[ForeignKeyFound] = field(default_factory=list)

    def role(self, name: str) -> Role:
        """What is decided of a column: by its parent, by being unique (also in part of a key), or nothing."""
        if any(name in key.columns for key in self.foreign):
            return "reference"
        return "unique" if name in self.unique or name in self.primary_key else "value"


def find_keys(tables: Sequence[TableFacts], *, share: float) -> dict[str, Keys]:
    """Keys by table. ``share``: of a child's different values, at least so many must be among the parent's."""
    found = {table.name: Keys(unique=set(_unique_columns(table))) for table in tables}
    for table in tables:
        found[table.name].primary_key = _primary_key(table, found[table.name].unique)
    for table in tables:
        found[table.name].foreign = list(_foreign_keys(table, tables, found, share))
    for table in tables:
        keys = found[table.name]
        if not keys.primary_key and table.rows >= FEWEST_ROWS:
            keys.primary_key = _composite_key(table, keys)
    for table in tables:
        found[table.name].foreign += _composite_foreign_keys(table, tables, found, share)
    return found


def is_key_name(name: str) -> bool:
    """Whether a column is an id by its name: ``id``, ``customer_id``, ``orderNo``."""
    return bool(_KEY_NAME.search(_snake(name)))


# --- unique columns --------------------------------------------------------------------------------------
def _unique_columns(table: TableFacts) -> Iterator[str]:
    for column in table.columns:
        if table.rows >= FEWEST_ROWS and column.sketch.is_unique and _could_be_key(column, table):
            yield column.name


def _could_be_key(column: ColumnFacts, table: TableFacts) -> bool:
    """Measurements are often different in every row; a key is an id by its name, a dense count, or text."""
    kind = column.typed.kind
    if kind not in _KEY_TYPES or (kind is DataType.DECIMAL and column.typed.scale):
        return False
    if kind is DataType.VARCHAR or is_key_name(column.name):
        return True
    numbers = column.typed.numbers()
    return bool(len(numbers)) and float(numbers.max() - numbers.min()) < 1.5 * table.rows


def _primary_key(table: TableFacts, unique: set[str]) -> tuple[str, ...]:
    """The unique column without NULLs that is best by its name, the first among equals."""
    candidates = [column for column in table.columns if column.name in unique and not column.nulls]
    if not candidates:
        return ()
    singular = _singular(table.name)

    def rank(column: ColumnFacts) -> int:
        name = _snake(column.name)
        if name in ("id", f"{singular}_id", f"{_snake(table.name)}_id", f"{singular}id", "uuid", "key"):
            return 0
        return 1 if _KEY_NAME.search(name) else 3 if column.typed.kind is DataType.VARCHAR else 2

    return (min(candidates, key=rank).name,)


# --- foreign keys ----------------------------------------------------------------------------------------
def _foreign_keys(
    table: TableFacts, tables: Sequence[TableFacts], keys: dict[str, Keys], share: float
) -> Iterator[ForeignKeyFound]:
    """For each column the parent with the best evidence."""
    for column in table.columns:
        options = [
            (evidence, included, parent, target)
            for parent in tables
            for target in parent.columns
            if target.name in keys[parent.name].unique and (parent is not table or target is not column)
            if (evidence := _evidence(table, column, parent, target))
            and (included := column.sketch.included_in(target.sketch)) >= share
        ]
        if options:
            _, included, parent, target = max(options, key=lambda option: (option[0], option[1]))
            yield ForeignKeyFound((column.name,), parent.name, (target.name,), included)


def _evidence(table: TableFacts, column: ColumnFacts, parent: TableFacts, target: ColumnFacts) -> int:
    """How much speaks for a reference besides the values: 0 is nothing."""
    if _family(column) is None or _family(column) != _family(target):
        return 0
    name, wanted = _snake(column.name), _snake(target.name)
    if parent is table:
        return 2 if _SELF.match(name) and _KEY_NAME.search(name) else 0
    owners = {_singular(parent.name), _snake(parent.name)}
    if wanted.startswith(tuple(f"{owner}_" for owner in owners)) or wanted in _GENERIC:
        last = wanted.rpartition("_")[2] if "_" in wanted else wanted
        for owner in owners:
            if name in (f"{owner}_{last}", f"{owner}{last}", owner):
                return 4
            if name.endswith((f"_{owner}_{last}", f"_{owner}{last}")):
                return 3
    elif name == wanted or name.endswith(f"_{wanted}"):
        return 2 if not (column.sketch.is_unique and _singular(table.name) in name) else 0
    is_text = column.typed.kind is DataType.VARCHAR
    many = column.sketch.distinct >= 20
    return 1 if is_text and many and _average_length(column) >= 6 and not column.sketch.is_unique else 0


def _family(column: ColumnFacts) -> str | None:
    kind = column.typed.kind
    if kind is DataType.VARCHAR:
        return "text"
    whole = kind.is_integer or (kind is DataType.DECIMAL and not column.typed.scale)
    return "whole" if whole else None


def _average_length(column: ColumnFacts) -> float:
    import pyarrow.compute as pc

    return float(pc.mean(pc.binary_length(column.typed.values)).as_py() or 0)


# --- keys of several columns -----------------------------------------------------------------------------
def _composite_key(table: TableFacts, keys: Keys) -> tuple[str, ...]:
    """Two or three columns that are different together, one of them an id, named as the table is, or a foreign key."""
    own = (_singular(table.name), _snake(table.name))
    referring = {column for key in keys.foreign for column in key.columns}
    candidates = [
        column.name
        for column in table.columns
        if not column.nulls
        and column.name not in keys.unique
        and column.sketch.distinct > 1
        and (column.name in referring or _is_part(column))
    ][:MOST_COMPOSITE_COLUMNS]
    anchors = {name for name in candidates if name in referring or is_key_name(name) or _snake(name) in own}
    distinct = {column.name: column.sketch.distinct for column in table.columns}
    for size in (2, 3):
        groups = [
            group
            for group in combinations(candidates, size)
            if anchors & set(group) and _room(group, distinct) >= table.rows
        ]
        unique = unique_together(table, groups)
        if unique:
            return min(unique, key=lambda group: (-len(anchors & set(group)), candidates.index(group[0])))
    return ()


def _is_part(column: ColumnFacts) -> bool:
    kind = column.typed.kind
    if kind is DataType.DATE or is_key_name(column.name):
        return True
    return kind.is_integer or (kind is DataType.VARCHAR and column.sketch.distinct <= 1000)


def _room(group: tuple[str, ...], distinct: dict[str, int]) -> int:
    room = 1
    for name in group:
        room *= distinct[name]
    return room


def _composite_foreign_keys(
    table: TableFacts, tables: Sequence[TableFacts], keys: dict[str, Keys], share: float
) -> Iterator[ForeignKeyFound]:
    """A table that has all columns of another's composite key by their names, with values that are there."""
    for parent in tables:
        wanted = keys[parent.name].primary_key
        if parent is table or len(wanted) < 2 or wanted == keys[table.name].primary_key:
            continue
        names = {column.name.lower(): column for column in table.columns}
        columns = [names[name.lower()] for name in wanted if name.lower() in names]
        if len(columns) < len(wanted):
            continue
        shares = [
            column.sketch.included_in(parent.column(name).sketch) for column, name in zip(columns, wanted, strict=True)
        ]
        taken = {name for key in keys[table.name].foreign for name in key.columns}
        if min(shares) >= share and not taken & {column.name for column in columns}:
            yield ForeignKeyFound(tuple(column.name for column in columns), parent.name, wanted, min(shares))


# --- names -----------------------------------------------------------------------------------------------
def _snake(name: str) -> str:
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _singular(name: str) -> str:
    text = _snake(name)
    if text.endswith("ies"):
        return text[:-3] + "y"
    return text[:-2] if text.endswith(("ses", "xes", "ches", "shes")) else text.removesuffix("s")
