"""Values of array binds in files: drivers stage them when there are many (CLIENT_STAGE_ARRAY_BINDING_THRESHOLD).

A row of the files is a set of values, in the order of the placeholders, all of them text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.interfaces import Bind
from dw_simulator.emulators.snowflake.session_state import SessionState
from dw_simulator.emulators.snowflake.sessions import Session
from dw_simulator.emulators.snowflake.translation.lexer import OP, tokenize
from dw_simulator.emulators.snowflake.types import model


def read(engine: Any, session: Session, state: SessionState, sql: str, stage: str, query_id: str) -> list[Bind]:
    """The binds of ``sql`` whose values lie under ``stage``, in the format of the files that the stage has.

    Raises:
        SnowflakeError: the stage is not there, or its files cannot be read.
    """
    count = sum(token.kind == OP and token.value == "?" for token in tokenize(sql))
    if not count:
        return []
    fields = ", ".join(f"${number}::VARCHAR" for number in range(1, count + 1))
    place = stage if stage.startswith("@") else f"@{stage}"
    result = engine.statement(session, state, f"SELECT {fields} FROM {place}", query_id)
    batches = list(result.batches)
    columns = zip(*(batch.columns for batch in batches), strict=True) if batches else [[]] * count
    arrays = (pa.chunked_array(list(chunks), pa.string()).combine_chunks() for chunks in columns)
    return [Bind(str(number), model.text(), array=array) for number, array in enumerate(arrays, 1)]


def refuse_arrays(binds: Sequence[Bind], action: str) -> None:
    """Raises SnowflakeError 000002: lists of values are bound to a statement that does not run for each of them."""
    if any(bind.array is not None for bind in binds):
        raise errors.UNSUPPORTED_FEATURE(f"array binds in {action}")
