"""Collects converted rows into batches, and rejected ones as problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from dw_simulator.emulators.redshift.copy.convert import FieldError, convert_value
from dw_simulator.emulators.redshift.copy.copy_command import CopyOptions
from dw_simulator.emulators.redshift.copy.errors import LoadProblem, LoadRejected
from dw_simulator.emulators.redshift.copy.target import Target, TargetColumn

BATCH_ROWS = 16_384


class RowBuilder:
    """Takes the fields of one record after the other. ``problems`` is the load's own list, shared by its files.

    A record that does not fit is written down; more of them than MAXERROR allows end the load.
    """

    def __init__(self, file: str, target: Target, options: CopyOptions, problems: list[LoadProblem]) -> None:
        self._file = file
        self._target = target
        self._options = options
        self._problems = problems
        self._columns: list[list[Any]] = [[] for _ in target.columns]

    def add(self, fields: Sequence[str | None], line: int, raw: str) -> None:
        values = []
        for text, column in zip(fields, self._target.columns, strict=True):
            try:
                values.append(convert_value(text, column, self._options))
            except FieldError as error:
                self.reject(line, raw, error, column, text or "")
                return
        for stored, value in zip(self._columns, values, strict=True):
            stored.append(value)

    def reject(
        self, line: int, raw: str, error: FieldError, column: TargetColumn | None = None, value: str = ""
    ) -> None:
        """Raises LoadRejected when there are more problems than MAXERROR."""
        problem = LoadProblem(
            self._file,
            line,
            column.name if column else "",
            column.shown_type if column else "",
            column.shown_length if column else "",
            raw,
            value,
            error.code,
            error.reason,
            error.position,
        )
        if len(self._problems) >= self._options.max_errors and not self._options.ignore_all_errors:
            raise LoadRejected(problem)
        self._problems.append(problem)

    def full(self) -> Iterator[pa.RecordBatch]:
        """A batch, if enough rows have come together."""
        if len(self._columns[0]) >= BATCH_ROWS:
            yield self._take()

    def rest(self) -> Iterator[pa.RecordBatch]:
        if self._columns[0]:
            yield self._take()

    def _take(self) -> pa.RecordBatch:
        schema = self._target.arrow_schema
        arrays = [pa.array(values, field.type) for values, field in zip(self._columns, schema, strict=True)]
        self._columns = [[] for _ in self._target.columns]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)
