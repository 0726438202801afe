"""Table functions. Vendor page: "Table functions"."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import TABLE_FUNCTIONS
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.functions.variant_json import UNDEFINED, dumps, loads
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.parser import Parser
from dw_simulator.emulators.snowflake.translation.scope import BoundQuery, OutputColumn, unique_keys
from dw_simulator.emulators.snowflake.translation.structures import is_structured
from dw_simulator.emulators.snowflake.translation.text import identifier
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.translation.variants import UNDEFINED as UNDEFINED_TEXT
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType

TableLowering = Callable[[Any, n.Call], BoundQuery]
NUMBER, TEXT, VARIANT = m.number(38, 0), m.text(), m.variant()


def table_function(*names: str) -> Callable[[TableLowering], TableLowering]:
    """Register what lowers ``TABLE(name(...))``."""

    def register(lowering: TableLowering) -> TableLowering:
        for name in names:
            TABLE_FUNCTIONS[name] = lowering
        return lowering

    return register


def argument(call: n.Call, name: str, position: int | None = None) -> n.Expr | None:
    if name in call.named:
        return call.named[name]
    return call.args[position] if position is not None and position < len(call.args) else None


def constant_argument(binder: Any, node: n.Expr | None, default: Any) -> Any:
    if node is None:
        return default
    value: Typed = binder.expression(node)
    if value.is_const:
        return value.const
    number = _arithmetic(node)
    if number is None:
        raise errors.INVALID_FUNCTION_TYPE(binder.text_of(node), "table function")
    return number


_OPERATORS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod,
}  # fmt: skip


def _arithmetic(node: n.Expr) -> Decimal | None:
    """The value of arithmetic with literal numbers, which is a constant too; None of anything else."""
    match node:
        case n.Literal(kind="number"):
            return Decimal(node.value)
        case n.Unary(op="-" | "+"):
            value = _arithmetic(node.operand)
            return -value if value is not None and node.op == "-" else value
        case n.Binary() if node.op in _OPERATORS:
            left, right = _arithmetic(node.left), _arithmetic(node.right)
            if left is None or right is None or (node.op in "/%" and not right):
                return None
            return _OPERATORS[node.op](left, right)
    return None


@table_function("GETNEXTVAL")
def getnextval(binder: Any, call: n.Call) -> BoundQuery:
    """The next value of a sequence for each row of the join. Vendor page: "Using sequences"."""
    node = argument(call, "SEQUENCE", 0)
    sql = binder.env.catalog.sequence_next(node.parts) if isinstance(node, n.Name) else None
    if sql is None:
        raise errors.KIND_NOT_FOUND("Sequence", binder.text_of(node) if node is not None else "")
    binder.env.volatile = True
    return BoundQuery(f"SELECT {sql} AS nextval", [OutputColumn("NEXTVAL", NUMBER, "nextval")])


# --- TO_QUERY ---------------------------------------------------------------------------------------------------------
@table_function("TO_QUERY")
def to_query(binder: Any, call: n.Call) -> BoundQuery:
    """A query that a text holds; other arguments are the values of its ``:name``. Vendor page: "TO_QUERY"."""
    node = argument(call, "SQL", 0)
    if node is None:
        raise errors.NOT_ENOUGH_ARGUMENTS("TO_QUERY", 1, 0)
    text = binder.expression(node)
    if not text.is_const or not isinstance(text.const, str):
        raise errors.INVALID_PARAMETER_VALUE(binder.text_of(node), "SQL")
    parser = Parser(text.const)
    if not parser.is_word("SELECT", "WITH"):
        parser.fail()
    query = parser.query()
    parser.expect_end()
    values = {name: binder.expression(value) for name, value in call.named.items() if name != "SQL"}
    env = replace(binder.env, binds={**binder.env.binds, **values})
    inner = type(binder)(env, text.const, binder._counter)
    bound: BoundQuery = inner.query(query)
    binder.env.volatile = True
    return bound


# --- FLATTEN ----------------------------------------------------------------------------------------------------------
_FLATTEN_TYPE = "STRUCT(key VARCHAR, path VARCHAR, index BIGINT, value VARCHAR, this VARCHAR)[]"


FLATTEN_COLUMNS = (
    ("SEQ", NUMBER), ("KEY", TEXT), ("PATH", TEXT), ("INDEX", NUMBER), ("VALUE", VARIANT), ("THIS", VARIANT),
)  # fmt: skip


@table_function("FLATTEN")
def flatten(binder: Any, call: n.Call) -> BoundQuery:
    text, unnests, items, keep, labels = flatten_pieces(binder, call)
    inner = f"SELECT *, {unnests} FROM (SELECT {text} AS v, CAST(1 AS BIGINT) AS seq)"
    columns = [OutputColumn(name, kind, name) for name, kind in labels]
    listed = ", ".join(f"{items[name]} AS {identifier(name)}" for name, _ in labels)
    return BoundQuery(f"SELECT {listed} FROM ({inner}) WHERE {keep}", columns)


Labels = Sequence[tuple[str, SnowflakeType]]
Pieces = tuple[str, str, dict[str, str], str, Labels]


def flatten_pieces(binder: Any, call: n.Call) -> Pieces:
    """FLATTEN over rows that have its input as ``v`` and their number as ``seq``.

    Gives SQL of the input, of what is unnested beside it, of each output column over those, and of the rows to keep,
    and the types of those columns.
    """
    node = argument(call, "INPUT", 0)
    if node is None:
        raise errors.NOT_ENOUGH_ARGUMENTS("FLATTEN", 1, 0)
    value = binder.expression(node)
    if value.kind not in ("VARIANT", "OBJECT", "ARRAY", "MAP", "NULL"):
        raise errors.INVALID_ARGUMENT_TYPES("FLATTEN", value.type.sql_name())
    path = constant_argument(binder, argument(call, "PATH", 1), None)
    outer = bool(constant_argument(binder, argument(call, "OUTER", 2), False))
    recursive = bool(constant_argument(binder, argument(call, "RECURSIVE", 3), False))
    mode = str(constant_argument(binder, argument(call, "MODE", 4), "BOTH")).upper()
    text = binder.variant_sql(value)
    if recursive or path:
        return text, *_unnested_in_python(path or "", outer, recursive, mode), FLATTEN_COLUMNS
    unnests, items, keep = _unnested_in_sql(outer, mode)
    if not is_structured(value.type) or value.kind == "OBJECT":
        return text, unnests, items, keep, FLATTEN_COLUMNS
    return text, unnests, *_typed(binder, items, keep, value.type)


def _typed(binder: Any, items: dict[str, str], keep: str, kind: SnowflakeType) -> tuple[dict[str, str], str, Labels]:
    """Values, and keys of a MAP, of the types that a structured value's own type says."""
    types = {**dict(FLATTEN_COLUMNS), "VALUE": kind.fields[-1].type.with_nullable(True)}
    if kind.name == "MAP":
        types["KEY"] = kind.fields[0].type.with_nullable(True)
    items = {
        **items,
        "KEY": binder.coerce(Typed(items["KEY"], TEXT), types["KEY"]).sql,
        "VALUE": binder.coerce(Typed(items["VALUE"], VARIANT), types["VALUE"]).sql,
    }
    return items, keep, tuple(types.items())


def _unnested_in_python(path: str, outer: bool, recursive: bool, mode: str) -> tuple[str, dict[str, str], str]:
    from dw_simulator.emulators.snowflake.translation.text import literal

    found = f"sf_flatten(v, {literal(path)}, {str(recursive).lower()}, '{mode}', {str(outer).lower()})"
    items = {name: f"f.{name.lower()}" for name, _ in FLATTEN_COLUMNS}
    return f"unnest({found}) AS f", {**items, "SEQ": "seq"}, "true"


def _unnested_in_sql(outer: bool, mode: str) -> tuple[str, dict[str, str], str]:
    """One level without a path: unnested by DuckDB itself. With OUTER what is neither an array nor an object is the one
    value, as it is for Snowpark's "flatten"."""
    array = "starts_with(v, '[')" if mode in ("BOTH", "ARRAY") else "false"
    object_ = "starts_with(v, '{')" if mode in ("BOTH", "OBJECT") else "false"
    scalar = "CASE WHEN v <> 'null' AND NOT starts_with(v, '[') AND NOT starts_with(v, '{') THEN v END"
    empty = f"[{scalar}]" if outer else "[]"
    values = (
        f"CASE WHEN {array} AND v <> '[]' THEN CAST(json_extract(v, '$[*]') AS VARCHAR[]) "
        f"WHEN {object_} AND v <> '{{}}' THEN CAST(json_extract(v, '$.*') AS VARCHAR[]) ELSE {empty}::VARCHAR[] END"
    )
    keys = f"CASE WHEN {object_} THEN json_keys(v) END"
    indexes = f"CASE WHEN {array} THEN range(CAST(json_array_length(v) AS BIGINT)) END"
    shown = (
        "CASE WHEN k IS NOT NULL THEN CASE WHEN regexp_full_match(k, '[A-Za-z_][A-Za-z0-9_$]*') THEN k "
        "ELSE '[''' || k || ''']' END WHEN i IS NOT NULL THEN '[' || CAST(i AS VARCHAR) || ']' ELSE '' END"
    )
    items = {"SEQ": "seq", "KEY": "k", "PATH": shown, "INDEX": "CAST(i AS BIGINT)", "VALUE": "x", "THIS": "v"}
    unnests = f"unnest({values}) AS x, unnest({keys}) AS k, unnest({indexes}) AS i"
    return unnests, items, f"x IS DISTINCT FROM '{UNDEFINED_TEXT}'"


@udf("sf_flatten", "VARCHAR VARCHAR BOOLEAN VARCHAR BOOLEAN", _FLATTEN_TYPE, nulls=True)
def _flatten(text: str | None, path: str, recursive: bool, mode: str, outer: bool) -> list[dict[str, Any]]:
    from dw_simulator.emulators.snowflake.functions.semistructured_values import get_path

    inner = None if text is None else get_path(text, path) if path else text
    rows: list[dict[str, Any]] = []
    if inner is not None:
        _walk(loads(inner), path, recursive, mode, rows)
    if not rows and outer:
        value = None if inner is None or inner == "null" or inner[0] in "[{" else inner
        rows.append({"key": None, "path": path, "index": None, "value": value, "this": inner})
    return rows


def _walk(value: Any, path: str, recursive: bool, mode: str, rows: list[dict[str, Any]]) -> None:
    this = dumps(value)
    if isinstance(value, dict) and mode in ("BOTH", "OBJECT"):
        for key, item in value.items():
            inner = f"{path}.{key}" if path else key
            if not key.isidentifier():
                inner = f"{path}['{key}']"
            rows.append({"key": key, "path": inner, "index": None, "value": dumps(item), "this": this})
            if recursive:
                _walk(item, inner, recursive, mode, rows)
    elif isinstance(value, list) and mode in ("BOTH", "ARRAY"):
        for index, item in enumerate(value):
            if item is UNDEFINED:
                continue
            inner = f"{path}[{index}]"
            rows.append({"key": None, "path": inner, "index": index, "value": dumps(item), "this": this})
            if recursive:
                _walk(item, inner, recursive, mode, rows)
    elif recursive and isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            _walk(item, f"{path}.{key}" if isinstance(value, dict) else f"{path}[{key}]", recursive, mode, rows)


# --- others -----------------------------------------------------------------------------------------------------------
@table_function("GENERATOR")
def generator(binder: Any, call: n.Call) -> BoundQuery:
    count = constant_argument(binder, argument(call, "ROWCOUNT", 0), None)
    limit = constant_argument(binder, argument(call, "TIMELIMIT", 1), None)
    if count is None:
        if limit is None:
            raise errors.NOT_ENOUGH_ARGUMENTS("GENERATOR", 1, 0)
        count = _rows_of_time(binder, float(limit))
    return BoundQuery(f"SELECT range AS n FROM range({max(0, int(count))})", [])


_ROWS_A_SECOND = 10_000


def _rows_of_time(binder: Any, seconds: float) -> int:
    """The rows that TIMELIMIT alone asks for, once its seconds have gone by or a cancel ends them.

    Vendor page: "GENERATOR": as many rows as the system makes in that time, so their number is the system's own.
    """
    binder.env.volatile = True
    if binder.env.describing:
        return 0
    wait = binder.env.hints.get("wait")
    if wait is None:
        raise errors.UNSUPPORTED_FEATURE("GENERATOR with TIMELIMIT only here")
    wait(max(0.0, seconds))
    return round(seconds * _ROWS_A_SECOND)


@table_function("SPLIT_TO_TABLE", "STRTOK_SPLIT_TO_TABLE")
def split_to_table(binder: Any, call: n.Call) -> BoundQuery:
    text, unnests, items, *_ = split_pieces(binder, call)
    inner = f"SELECT {unnests}, seq FROM (SELECT {text} AS v, CAST(1 AS BIGINT) AS seq)"
    listed = ", ".join(f"{items[name]} AS {identifier(name)}" for name, _ in SPLIT_COLUMNS)
    return BoundQuery(
        f"SELECT {listed} FROM ({inner})", [OutputColumn(name, kind, name) for name, kind in SPLIT_COLUMNS]
    )


def split_pieces(binder: Any, call: n.Call) -> Pieces:
    """The same as ``flatten_pieces``, of SPLIT_TO_TABLE and STRTOK_SPLIT_TO_TABLE."""
    text = binder.coerce(binder.expression(call.args[0]), TEXT).sql
    separator = binder.coerce(binder.expression(call.args[1]), TEXT).sql if len(call.args) > 1 else "' '"
    name = "sf_split" if call.name == "SPLIT_TO_TABLE" else "sf_strtok_list"
    unnests = "unnest(v) AS x, unnest(range(1, len(v) + 1)) AS i"
    return f"{name}({text}, {separator})", unnests, {"SEQ": "seq", "INDEX": "i", "VALUE": "x"}, "true", SPLIT_COLUMNS


SPLIT_COLUMNS = (("SEQ", NUMBER), ("INDEX", NUMBER), ("VALUE", TEXT))
UNNESTED = {
    "FLATTEN": flatten_pieces,
    "SPLIT_TO_TABLE": split_pieces,
    "STRTOK_SPLIT_TO_TABLE": split_pieces,
}
"""What is unnested beside the rows that it is joined to: SEQ is the number of the row."""


@table_function("RESULT_SCAN")
def result_scan(binder: Any, call: n.Call) -> BoundQuery:
    binder.env.volatile = True
    query_id = constant_argument(binder, call.args[0], None)
    if query_id is None or binder.env.result_columns is None:
        raise errors.RESULT_NOT_FOUND(query_id)
    sql, columns = binder.env.result_columns(str(query_id))
    keys = unique_keys([column.name for column in columns])
    items = ", ".join(
        f"{_stored(f'c{index}', column.type)} AS {identifier(key)}"
        for index, (column, key) in enumerate(zip(columns, keys, strict=True))
    )
    outputs = [OutputColumn(column.name, column.type, key) for column, key in zip(columns, keys, strict=True)]
    return BoundQuery(f"SELECT {items} FROM {sql}", outputs)


def _stored(name: str, kind: m.SnowflakeType) -> str:
    if kind.name == "FIXED" and not kind.scale:
        return f"CAST({name} AS HUGEINT)"
    return name
