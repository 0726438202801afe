"""What a verification found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from dw_simulator.schema import Warehouse


class Rule(StrEnum):
    """What a check is about."""

    ROW_COUNT = "row_count"
    NOT_NULL = "not_null"
    PRIMARY_KEY = "primary_key"
    UNIQUE = "unique"
    FOREIGN_KEY = "foreign_key"
    RANGE = "range"
    VALUES = "values"
    LENGTH = "length"
    EXPRESSION = "expression"
    ORDER = "order"
    CONDITION = "condition"
    LOOKUP = "lookup"
    CORRELATION = "correlation"
    FAN_OUT = "fan_out"
    HIERARCHY = "hierarchy"
    ROLLUP = "rollup"
    DEFECT = "defect"
    VERSIONS = "versions"
    REPLAY = "replay"
    AS_OF = "as_of"


@dataclass(frozen=True, slots=True)
class Promise:
    """``sql`` gives one row with one number: how many rows break it (for ``row_count``, how many rows there are)."""

    rule: Rule
    columns: tuple[str, ...]
    expected: str
    sql: str


class Check(BaseModel):
    """One promise of the schema, with the statement that counted the rows which break it.

    ``violations`` counts rows; for ``row_count`` it is the difference, for ``defect`` the defects of the report that
    are not there. ``excepted`` rows have a defect that was put in where the rule is about, and are not looked at.
    ``expected`` and ``actual`` are for people.
    """

    table: str
    rule: Rule
    columns: list[str]
    ok: bool
    violations: int
    excepted: int = 0
    expected: str
    actual: str
    sql: str
    seconds: float


class WarehouseVerification(BaseModel):
    """One warehouse: its checks, or the error that ended them."""

    warehouse: Warehouse
    ok: bool
    error: str | None = None
    checks: list[Check] = []


class VerifyReport(BaseModel):
    """``ok``: every check of every warehouse was made and found nothing. ``seconds`` is the time of all together."""

    ok: bool
    seconds: float
    warehouses: list[WarehouseVerification]
