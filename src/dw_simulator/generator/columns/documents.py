"""JSON documents from declared fields, put together as text for whole batches."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dw_simulator.generator import arrays
from dw_simulator.generator.choosing import RandomNulls
from dw_simulator.generator.making import make_random
from dw_simulator.generator.registry import Request, Values
from dw_simulator.generator.streams import Rows, Stream
from dw_simulator.generator.transforms import uniform_index
from dw_simulator.schema.model import DataType, DocumentField, Table


@dataclass
class DocumentValues:
    """Objects with these keys, in this order, as JSON text."""

    keys: Sequence[str]
    fields: Sequence[Values]
    type = pa.string()

    def take(self, rows: Rows) -> pa.Array:
        parts: list[Any] = ["{"]
        for place, (key, values) in enumerate(zip(self.keys, self.fields, strict=True)):
            parts.append(("," if place else "") + json.dumps(key, ensure_ascii=False) + ":")
            parts += values.parts(rows) if isinstance(values, FieldValues) else [values.take(rows)]
        whole = _merged([*parts, "}"])
        return arrays.join(*whole) if len(whole) > 1 else pa.repeat(pa.scalar("{}"), rows.count)


def _merged(parts: Sequence[Any]) -> list[Any]:
    """The parts of a text, those that are the same for all rows put together where they meet."""
    out: list[Any] = []
    for part in parts:
        if isinstance(part, str) and out and isinstance(out[-1], str):
            out[-1] += part
        else:
            out.append(part)
    return out


@dataclass
class FieldValues:
    """The values of one field as JSON text; ``null`` where ``nulls`` says so."""

    values: Values
    nulls: RandomNulls | None
    type = pa.string()

    def parts(self, rows: Rows) -> list[Any]:
        """What makes up the text, to be joined: arrays, and texts that are the same for all rows."""
        values = self.values.take(rows)
        texts = [values] if isinstance(self.values, DocumentValues | ListValues) else json_parts(values)
        if self.nulls is None:
            return texts
        whole = arrays.join(*texts) if len(texts) > 1 else texts[0]
        return [pc.if_else(arrays.booleans(self.nulls.empty(rows)), "null", whole)]

    def take(self, rows: Rows) -> pa.Array:
        texts = self.parts(rows)
        return arrays.join(*texts) if len(texts) > 1 else texts[0]


@dataclass
class ListValues:
    """Arrays of ``least`` to ``most`` elements. Element j of row i is row ``i * most + j`` of the element's values."""

    element: Values
    least: int
    most: int
    stream: Stream
    type = pa.string()

    def take(self, rows: Rows) -> pa.Array:
        counts = uniform_index(rows, self.stream, self.most - self.least + 1).astype(np.int64) + self.least
        ends = np.cumsum(counts)
        places = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)
        numbers = np.repeat(rows.index, counts) * np.uint64(self.most) + places.astype(np.uint64)
        elements = self.element.take(Rows.of(numbers))
        offsets = np.concatenate([np.zeros(1, np.int64), ends]).astype(np.int32)
        joined = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), elements), ",")
        return arrays.join("[", joined, "]")


def json_parts(values: pa.Array) -> list[Any]:
    """What makes up the JSON text of each value, to be joined."""
    if pa.types.is_dictionary(values.type):
        texts = json_parts(values.dictionary)
        return [(arrays.join(*texts) if len(texts) > 1 else texts[0]).take(values.indices)]
    if pa.types.is_string(values.type):
        return ['"', _escape(values), '"']
    texts = values.cast(pa.string())
    return ['"', texts, '"'] if pa.types.is_temporal(values.type) else [texts]


def _escape(values: pa.Array) -> pa.Array:
    for char in _escaped() if arrays.needs_escapes(values) else ():
        if pc.any(pc.match_substring(values, char)).as_py():
            values = pc.replace_substring(values, pattern=char, replacement=json.dumps(char)[1:-1])
    return values


@lru_cache(maxsize=1)
def _escaped() -> list[str]:
    """What JSON does not take as it is; the backslash first, since the others bring more of them."""
    return ["\\", '"', *map(chr, range(0x20))]


def document(request: Request, fields: Sequence[DocumentField]) -> DocumentValues:
    """The documents of a column.

    Raises:
        RuleProblem: a field cannot be made as its rules want.
    """
    path = f"{request.table.name}.{request.column.name}"
    table = Table(name=path, target_rows=request.table.target_rows, columns=list(fields))
    return DocumentValues([one.name for one in fields], [_field(request, table, one) for one in fields])


def _field(request: Request, table: Table, field: DocumentField) -> Values:
    inner = replace(request, table=table, column=field, wanted=0, argument="", correlated=None)
    values: Values = _one(inner, field)
    if field.array is not None:
        element = FieldValues(values, None)
        values = ListValues(element, field.array.min, field.array.max, inner.stream("array"))
    nulls = RandomNulls(inner.stream("null"), field.null_fraction) if field.null_fraction else None
    return FieldValues(values, nulls)


def _one(request: Request, field: DocumentField) -> Values:
    if field.data_type is DataType.JSON and field.document is not None:
        return document(request, field.document)
    return make_random(request)
