"""Rules of tables that keep history: slowly changing dimensions (type 2), and the change events of such a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from dw_simulator.schema.base import Count, IsoMoment, Model, Real, parse_moment


class History(Model):
    """A slowly changing dimension of type 2: the rows of the table are versions of its business keys. Versions of one
    key follow each other without gap or overlap; only the columns in `changes` differ between them, and at least one
    does. `target_rows` are the versions of the first run; appended days bring new ones."""

    type: Literal["scd2"] = "scd2"
    key: str = Field(description="column of the business key, which all versions of one thing share")
    changes: list[str] = Field(min_length=1, description="columns that change from version to version")
    versions: Real = Field(3.0, ge=1, le=10_000, description="versions of a key in the first run, on average")
    start: IsoMoment = Field(
        dt.date(2023, 1, 1), description="the day whose first moment is that of the first versions"
    )
    end: IsoMoment = Field(dt.date(2023, 12, 31), description="the last day of the first run; increments follow on it")
    inserts_per_day: Count = Field(0, ge=0, le=1 << 30, description="new keys of each day after `start`")
    deletes: Real = Field(
        0.0, ge=0, le=0.5, description="share of the changes that delete: a version marked by `is_deleted`"
    )
    max_days: Count = Field(366, ge=0, le=36_525, description="the most days that can ever be added")

    valid_from: str = Field("valid_from", description="column: the moment of the version")
    valid_to: str = Field("valid_to", description="column: the moment of the next version; NULL where there is none")
    open_end: IsoMoment | None = Field(
        None, description="a high date, such as 9999-12-31, in valid_to of the last version instead of NULL"
    )
    is_current: str | None = Field(
        None, description="column: true (1, Y) in the last version of each key, false (0, N) in the others"
    )
    version: str | None = Field(None, description="column: 1, 2, … for the versions of a key")
    surrogate_key: str | None = Field(None, description="column: a key of the version, such as a hash or a number")
    is_deleted: str | None = Field(None, description="column: true (1, Y) in versions that say that the key is gone")
    created_at: str | None = Field(None, description="column: the moment of the key's first version")

    @field_validator("start", "end", "open_end", mode="before")
    @classmethod
    def _read_moment(cls, value: Any) -> Any:
        return parse_moment(value)

    @model_validator(mode="after")
    def _in_order(self) -> History:
        if self.last_day < self.first_day:
            raise ValueError(f"the history ends on {self.last_day}, before it starts on {self.first_day}")
        if self.deletes and self.is_deleted is None:
            raise ValueError("deletes want a column that marks deleted versions: is_deleted: column_name")
        return self

    @property
    def first_day(self) -> dt.date:
        return day_of(self.start)

    @property
    def last_day(self) -> dt.date:
        return day_of(self.end)

    @property
    def days(self) -> int:
        """The days of the first run after ``start``."""
        return (self.last_day - self.first_day).days

    def columns(self) -> Iterator[tuple[str, str]]:
        """(role, column) of every column that the history fills."""
        for role in HISTORY_COLUMNS:
            name = getattr(self, role)
            if name is not None:
                yield role, name

    def role_of(self, column: str) -> str | None:
        wanted = column.lower()
        return next((role for role, name in self.columns() if name.lower() == wanted), None)

    def tracks(self, column: str) -> bool:
        """Whether the column changes from version to version."""
        return column.lower() in {name.lower() for name in self.changes}


HISTORY_COLUMNS = ("valid_from", "valid_to", "is_current", "version", "surrogate_key", "is_deleted", "created_at")

Word = Annotated[str, Field(min_length=1, max_length=20)]


class Operations(Model):
    """What the operations of change events are called. Debezium: c, u, d and r; AWS DMS: I, U and D."""

    insert: Word = "I"
    update: Word = "U"
    delete: Word = "D"
    snapshot: Word | None = Field(None, description="of keys that are there from the start. Default: as insert")

    @property
    def longest(self) -> int:
        return max(len(name.encode()) for name in (self.insert, self.update, self.delete, self.snapshot or ""))


class Cdc(Model):
    """The change events of a table with `history`, one a row, in the order of time: replaying them to the end gives
    the last versions of that table without deleted ones. Other columns of the table are named as those of the source
    and have their values after the event (of a delete: before it)."""

    of: str = Field(description="the table with history whose events these are")
    operation: str = Field("op", description="column: what happened")
    operations: Operations = Operations()
    time: str = Field("event_time", description="column: when it happened; never before an earlier event")
    sequence: str = Field("lsn", description="column: a number that grows from event to event (a log sequence number)")
    transaction: str | None = Field(None, description="column: events of one transaction have the same number")
    transaction_rows: Count = Field(3, ge=1, le=1_000_000, description="events of a transaction, on average")
    before: str | None = Field(None, description="column of type JSON: the row before; NULL for an insert")
    after: str | None = Field(None, description="column of type JSON: the row after; NULL for a delete")
    envelope: str | None = Field(
        None, description="column of type JSON: before, after, source, op and ts_ms in one document, as Debezium writes"
    )

    def columns(self) -> Iterator[tuple[str, str]]:
        """(role, column) of every column that the events fill."""
        for role in CDC_COLUMNS:
            name = getattr(self, role)
            if name is not None:
                yield role, name

    def role_of(self, column: str) -> str | None:
        wanted = column.lower()
        return next((role for role, name in self.columns() if name.lower() == wanted), None)


CDC_COLUMNS = ("operation", "time", "sequence", "transaction", "before", "after", "envelope")


def day_of(moment: dt.date) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment
