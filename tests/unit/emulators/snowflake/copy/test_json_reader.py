from __future__ import annotations

import io
from typing import Any

import pytest

from dw_simulator.emulators.snowflake.copy.json_reader import read_json
from dw_simulator.emulators.snowflake.stages.file_format import file_format


@pytest.mark.parametrize(
    ("data", "options", "expected"),
    [
        (b'{"a":1}\n{"a":2}\n', {}, ['{"a":1}', '{"a":2}']),
        (b'{"a":\n1}\n\n{"a":2}', {}, ['{"a":\n1}', '{"a":2}']),
        (b'[{"a":1},{"b":[1,2]}]', {}, ['[{"a":1},{"b":[1,2]}]']),
        (b'[{"a":1},\n {"b":[1,2]}]', {"STRIP_OUTER_ARRAY": True}, ['{"a":1}', '{"b":[1,2]}']),
        (b'1 2 "x"', {}, ["1", "2", '"x"']),
        (b'\xef\xbb\xbf{"a":1}', {}, ['{"a":1}']),
        (b"", {}, []),
    ],
)
def test_documents(data: bytes, options: dict[str, Any], expected: list[str]) -> None:
    blocks = list(read_json(io.BytesIO(data), "x.json", file_format({"TYPE": "JSON", **options})))
    assert [text for block in blocks for text in block.columns[0].to_pylist()] == expected
    assert not any(block.problems for block in blocks)


def test_what_is_not_json() -> None:
    blocks = list(read_json(io.BytesIO(b'{"a":1}\n{"a":\n'), "x.json", file_format({"TYPE": "JSON"})))
    problem = blocks[-1].problems[0]
    assert (problem.error.code, problem.row, problem.line) == ("100069", 2, 2)
