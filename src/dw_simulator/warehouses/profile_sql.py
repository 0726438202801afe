"""The SQL of a column profile in each warehouse. Identifiers are quoted by the one function for that; there is no
other text of a user's in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dw_simulator.schema import Warehouse
from dw_simulator.warehouses.catalogs.model import CatalogColumn
from dw_simulator.warehouses.kinds import ColumnKind
from dw_simulator.warehouses.names import quote

ORDERED = frozenset({ColumnKind.NUMBER, ColumnKind.STRING, ColumnKind.DATE, ColumnKind.TIME, ColumnKind.TIMESTAMP})
"""Kinds with a smallest and a largest value."""
MEASURED = frozenset({ColumnKind.STRING, ColumnKind.BINARY, ColumnKind.JSON})
"""Kinds whose values have a length."""
SPREAD = frozenset({ColumnKind.NUMBER, ColumnKind.DATE, ColumnKind.TIMESTAMP})
"""Kinds that have a histogram."""
TOP_VALUES = 10

TOP, DISTINCT, BUCKET = 1, 2, 3
"""The first cell of a row of :func:`grouped` says what it is."""


class ProfileSql(Protocol):
    """What differs between the warehouses. Expressions are about ``column``, a quoted name."""

    def sample(self, named: str, share: float, rows: int, *, is_table: bool) -> str:
        """What to select from for about this share of the rows, not many more than ``rows``.

        The same rows each time, where the warehouse can do that.
        """
        ...

    def before(self) -> str | None:
        """A statement that a sample of the same rows needs before each query."""
        ...

    def position(self, column: str, kind: ColumnKind) -> str:
        """A number, a date (in days) or a timestamp (in seconds since 1970) as a floating-point number."""
        ...

    def length(self, column: str, kind: ColumnKind) -> str: ...

    def comparable(self, column: str, kind: ColumnKind) -> str:
        """The value as something that can be grouped by."""
        ...

    def moments(self, column: str, source: str) -> list[str]:
        """Aggregates from which :meth:`mean_and_deviation` computes."""
        ...

    def mean_and_deviation(self, count: int, values: Sequence[float]) -> tuple[float, float | None]:
        """The mean of ``count`` values, and the standard deviation of a sample, from the aggregates of a column."""
        ...

    def bucket(self, position: str, low: float, width: float, count: int) -> str:
        """The number of the bucket, from 0 to ``count`` - 1."""
        ...

    def approximate(self, value: str) -> str | None:
        """The warehouse's own estimate of the number of different values, if it has one."""
        ...


def profile_sql(warehouse: Warehouse) -> ProfileSql:
    return _ALL[warehouse]


@dataclass(frozen=True, slots=True)
class Buckets:
    """Equal widths, in units of :meth:`ProfileSql.position`."""

    low: float
    width: float
    count: int
    high: float


def overview(sql: ProfileSql, columns: Sequence[CatalogColumn], source: str) -> str:
    """One scan for all columns: the number of rows, then for each column what :func:`parts` lists."""
    wanted = [part for column in columns for part in parts(sql, column, source)]
    return f"SELECT {', '.join(['count(*)', *wanted])} FROM {source}"


def parts(sql: ProfileSql, column: CatalogColumn, source: str) -> list[str]:
    """Count of values; smallest, largest; lowest and highest position; shortest, longest; the moments."""
    name, kind = quote(column.name), column.kind
    found = [f"count({name})"]
    if kind in ORDERED:
        found += [f"min({name})", f"max({name})"]
    if kind in SPREAD:
        position = sql.position(name, kind)
        found += [f"min({position})", f"max({position})"]
    if kind in MEASURED:
        length = sql.length(name, kind)
        found += [f"min({length})", f"max({length})"]
    if kind is ColumnKind.NUMBER:
        found += sql.moments(name, source)
    return found


def grouped(sql: ProfileSql, column: CatalogColumn, source: str, buckets: Buckets | None, *, exact: bool) -> str:
    """One scan: the most frequent values, how many different ones there are (``exact``), how many are in each bucket.

    Rows of (what, value, count, bucket).
    """
    name, kind = quote(column.name), column.kind
    value = sql.comparable(name, kind)
    group = f"SELECT {value} AS v, count(*) AS n FROM {source} WHERE {name} IS NOT NULL GROUP BY {value}"
    top = f"SELECT v, n FROM g ORDER BY n DESC, v LIMIT {TOP_VALUES}"
    found = [f"SELECT {TOP} AS what, t.v AS v, t.n AS n, 0 AS b FROM ({top}) AS t"]
    if exact:
        found.append(f"SELECT {DISTINCT}, NULL, count(*), 0 FROM g")
    if buckets is not None:
        bucket = sql.bucket(sql.position("v", kind), buckets.low, buckets.width, buckets.count)
        inner = f"SELECT {bucket} AS b, n FROM g"
        found.append(f"SELECT {BUCKET}, NULL, CAST(sum(h.n) AS BIGINT), h.b FROM ({inner}) AS h GROUP BY h.b")
    return f"WITH g AS ({group}) {' UNION ALL '.join(found)}"


class _Redshift:
    """Redshift guide, "SET" (seed), "RANDOM", "JSON_SERIALIZE", "APPROXIMATE COUNT"."""

    def sample(self, named: str, share: float, rows: int, *, is_table: bool) -> str:  # noqa: ARG002 - the protocol's
        return f"{named} WHERE random() < {share!r}"

    def before(self) -> str | None:
        return "SET seed TO 0.42"

    def position(self, column: str, kind: ColumnKind) -> str:
        match kind:
            case ColumnKind.NUMBER:
                return f"CAST({column} AS DOUBLE PRECISION)"
            case ColumnKind.DATE:
                return f"CAST({column} - DATE '1970-01-01' AS DOUBLE PRECISION)"
            case _:
                return f"CAST(EXTRACT(EPOCH FROM {column}) AS DOUBLE PRECISION)"

    def length(self, column: str, kind: ColumnKind) -> str:
        if kind is ColumnKind.JSON:
            return f"LEN(JSON_SERIALIZE({column}))"
        return f"OCTET_LENGTH({column})" if kind is ColumnKind.BINARY else f"LEN({column})"

    def comparable(self, column: str, kind: ColumnKind) -> str:
        match kind:
            case ColumnKind.JSON:
                return f"JSON_SERIALIZE({column})"
            case ColumnKind.BINARY:
                return f"FROM_VARBYTE({column}, 'hex')"
            case _:
                return column

    def moments(self, column: str, source: str) -> list[str]:  # noqa: ARG002 - the protocol's
        value = self.position(column, ColumnKind.NUMBER)
        return [f"avg({value})", f"stddev_samp({value})"]

    def mean_and_deviation(self, count: int, values: Sequence[float]) -> tuple[float, float | None]:
        mean, deviation = values
        return mean, deviation if count > 1 else None

    def bucket(self, position: str, low: float, width: float, count: int) -> str:
        place = f"FLOOR(({position} - ({low!r})) / {width!r})"
        return f"CAST(GREATEST(0, LEAST({count - 1}, {place})) AS INTEGER)"

    def approximate(self, value: str) -> str | None:
        return f"APPROXIMATE COUNT(DISTINCT {value})"


class _Snowflake(_Redshift):
    """Snowflake reference, "SAMPLE / TABLESAMPLE", "DATE_PART", "TO_JSON", "HEX_ENCODE", "APPROX_COUNT_DISTINCT"."""

    def sample(self, named: str, share: float, rows: int, *, is_table: bool) -> str:  # noqa: ARG002 - the protocol's
        """Views take no seed."""
        seed = " SEED (42)" if is_table else ""
        return f"{named} SAMPLE BERNOULLI ({share * 100!r}){seed}"

    def before(self) -> str | None:
        return None

    def position(self, column: str, kind: ColumnKind) -> str:
        match kind:
            case ColumnKind.NUMBER:
                return f"CAST({column} AS DOUBLE)"
            case ColumnKind.DATE:
                return f"CAST(DATEDIFF(DAY, DATE '1970-01-01', {column}) AS DOUBLE)"
            case _:
                return f"CAST(DATE_PART(EPOCH_MILLISECOND, {column}) AS DOUBLE) / 1000"

    def length(self, column: str, kind: ColumnKind) -> str:
        return f"LENGTH({self.comparable(column, kind)})" if kind is ColumnKind.JSON else f"LENGTH({column})"

    def comparable(self, column: str, kind: ColumnKind) -> str:
        match kind:
            case ColumnKind.JSON:
                return f"TO_JSON(TO_VARIANT({column}))"
            case ColumnKind.BINARY:
                return f"HEX_ENCODE({column}, 0)"
            case _:
                return column

    def approximate(self, value: str) -> str | None:
        return f"APPROX_COUNT_DISTINCT({value})"


class _Sqlite:
    """SQLite's pages "Built-In Scalar SQL Functions", "Date And Time Functions", "Rowid Tables"."""

    def sample(self, named: str, share: float, rows: int, *, is_table: bool) -> str:
        """Row ids are spread by a multiplication; a view has none, so it is the first rows that are taken."""
        if not is_table:
            return f"{named} LIMIT {rows}"
        return f"{named} WHERE (rowid * 2654435761) % 4294967296 < {int(share * 4294967296)}"

    def before(self) -> str | None:
        return None

    def position(self, column: str, kind: ColumnKind) -> str:
        match kind:
            case ColumnKind.NUMBER:
                return f"CAST({column} AS REAL)"
            case ColumnKind.DATE:
                return f"(julianday({column}) - 2440587.5)"
            case _:
                return f"((julianday({column}) - 2440587.5) * 86400.0)"

    def length(self, column: str, kind: ColumnKind) -> str:  # noqa: ARG002 - the protocol's
        return f"length({column})"

    def comparable(self, column: str, kind: ColumnKind) -> str:
        return f"lower(hex({column}))" if kind is ColumnKind.BINARY else column

    def moments(self, column: str, source: str) -> list[str]:
        """There is no STDDEV. Sums of differences from some value keep the digits that sums of large values lose."""
        shift = f"(SELECT CAST({column} AS REAL) FROM {source} WHERE {column} IS NOT NULL LIMIT 1)"
        value = f"(CAST({column} AS REAL) - {shift})"
        return [f"max({shift})", f"total({value})", f"total({value} * {value})"]

    def mean_and_deviation(self, count: int, values: Sequence[float]) -> tuple[float, float | None]:
        shift, total, squares = values
        if count < 2:
            return shift + total / count, None
        return shift + total / count, max(0.0, (squares - total * total / count) / (count - 1)) ** 0.5

    def bucket(self, position: str, low: float, width: float, count: int) -> str:
        return f"max(0, min({count - 1}, CAST(({position} - ({low!r})) / {width!r} AS INTEGER)))"

    def approximate(self, value: str) -> str | None:  # noqa: ARG002 - the protocol's
        return None


_ALL: dict[Warehouse, ProfileSql] = {
    Warehouse.REDSHIFT: _Redshift(),
    Warehouse.SNOWFLAKE: _Snowflake(),
    Warehouse.SQLITE: _Sqlite(),
}
