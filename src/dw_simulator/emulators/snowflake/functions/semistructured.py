# ruff: noqa: E501 - tables and SQL templates, one row an entry
"""Semi-structured data functions. Vendor page: "Semi-structured and structured data functions"."""

from __future__ import annotations

import re
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import MANY, FunctionCall, function, rows, same
from dw_simulator.emulators.snowflake.functions.runtime import macros
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.casts import cast
from dw_simulator.emulators.snowflake.translation.scope import Scope
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import Typed, resolve
from dw_simulator.emulators.snowflake.translation.variants import TAG
from dw_simulator.emulators.snowflake.translation.variants import UNDEFINED as UNDEFINED_TEXT
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Semi-structured and structured data"
ARRAY, OBJECT, VARIANT, BOOLEAN, TEXT, NUMBER = (
    m.array(),
    m.object_(),
    m.variant(),
    m.boolean(),
    m.text(),
    m.number(18, 0),
)

macros(
    {
        "items(a)": "CAST(json_extract(a, '$[*]') AS VARCHAR[])",
        "typeof(v)": (
            "CASE WHEN v IS NULL THEN NULL WHEN v = 'null' THEN 'NULL_VALUE' WHEN v IN ('true', 'false') THEN 'BOOLEAN' "
            "WHEN starts_with(v, '{') THEN 'OBJECT' WHEN starts_with(v, '[') THEN 'ARRAY' "
            f"WHEN starts_with(v, '\"{TAG}') THEN CASE v[3] WHEN 'D' THEN 'DATE' WHEN 't' THEN 'TIME' "
            "WHEN 'N' THEN 'TIMESTAMP_NTZ' WHEN 'L' THEN 'TIMESTAMP_LTZ' WHEN 'Z' THEN 'TIMESTAMP_TZ' "
            "WHEN 'B' THEN 'BINARY' WHEN 'F' THEN 'DOUBLE' WHEN 'n' THEN 'DECIMAL' WHEN 'S' THEN 'VARCHAR' END "
            "WHEN starts_with(v, '\"') THEN 'VARCHAR' WHEN contains(v, '.') THEN 'DECIMAL' ELSE 'INTEGER' END"
        ),
        "array_append(a, v)": (
            f"CASE WHEN a IS NULL THEN NULL WHEN a = '[]' THEN '[' || coalesce(v, '{UNDEFINED_TEXT}') || ']' "
            f"ELSE left(a, length(a) - 1) || ',' || coalesce(v, '{UNDEFINED_TEXT}') || ']' END"
        ),
        "array_prepend(a, v)": (
            f"CASE WHEN a IS NULL THEN NULL WHEN a = '[]' THEN '[' || coalesce(v, '{UNDEFINED_TEXT}') || ']' "
            f"ELSE '[' || coalesce(v, '{UNDEFINED_TEXT}') || ',' || substr(a, 2) END"
        ),
        "array_size(v)": "CASE WHEN starts_with(v, '[') THEN CAST(json_array_length(v) AS BIGINT) END",
        "get_path(v, p)": "sf_get_path(v, p)",
    }
)
rows(
    CATEGORY,
    [
        ("TYPEOF", "v", m.text(), "sf.typeof({0})"),
        ("ARRAY_SIZE", "v", NUMBER, "sf.array_size({0})"),
        ("ARRAY_TO_STRING", "at", TEXT, "sf_array_to_string({0}, {1})"),
        ("ARRAY_APPEND", "av", ARRAY, "sf.array_append({0}, {1})"),
        ("ARRAY_PREPEND", "av", ARRAY, "sf.array_prepend({0}, {1})"),
        ("ARRAY_CAT", "aa", ARRAY, "sf_array_cat({0}, {1})"),
        ("ARRAY_COMPACT", "a", ARRAY, "sf_array_compact({0})"),
        ("ARRAY_CONTAINS", "va", BOOLEAN, "sf_array_contains({1}, {0})"),
        ("ARRAY_DISTINCT", "a", ARRAY, "sf_array_distinct({0})"),
        ("ARRAY_EXCEPT", "aa", ARRAY, "sf_array_except({0}, {1})"),
        ("ARRAY_FLATTEN", "a", ARRAY, "sf_array_flatten({0})"),
        ("ARRAY_INSERT", "aiv", ARRAY, "sf_array_insert({0}, CAST({1} AS BIGINT), {2})"),
        ("ARRAY_INTERSECTION", "aa", ARRAY, "sf_array_intersection({0}, {1})"),
        ("ARRAY_MAX", "a", VARIANT, "sf_array_extreme({0}, true)"),
        ("ARRAY_MIN", "a", VARIANT, "sf_array_extreme({0}, false)"),
        ("ARRAY_POSITION", "va", NUMBER, "sf_array_position({1}, {0})"),
        ("ARRAY_REMOVE", "av", ARRAY, "sf_array_remove({0}, {1})"),
        ("ARRAY_REMOVE_AT", "ai", ARRAY, "sf_array_remove_at({0}, CAST({1} AS BIGINT))"),
        ("ARRAY_REVERSE", "a", ARRAY, "sf_array_reverse({0})"),
        ("ARRAY_SLICE", "aii", ARRAY, "sf_array_slice({0}, CAST({1} AS BIGINT), CAST({2} AS BIGINT))"),
        ("ARRAY_SORT", "a", ARRAY, "sf_array_sort({0}, true, false)"),
        ("ARRAY_SORT", "ab", ARRAY, "sf_array_sort({0}, {1}, NOT {1})"),
        ("ARRAY_SORT", "abb", ARRAY, "sf_array_sort({0}, {1}, {2})"),
        ("ARRAYS_OVERLAP", "aa", BOOLEAN, "sf_arrays_overlap({0}, {1})"),
        ("ARRAYS_TO_OBJECT", "aa", OBJECT, "sf_arrays_to_object({0}, {1})"),
        ("ARRAYS_ZIP", "a+", ARRAY, "sf_arrays_zip([{all}])"),
        (
            "ARRAY_GENERATE_RANGE",
            "ii",
            ARRAY,
            "sf.variant_list(CAST(range(CAST({0} AS BIGINT), CAST({1} AS BIGINT)) AS VARCHAR[]))",
        ),
        (
            "ARRAY_GENERATE_RANGE",
            "iii",
            ARRAY,
            "sf.variant_list(CAST(range(CAST({0} AS BIGINT), CAST({1} AS BIGINT), CAST({2} AS BIGINT)) AS VARCHAR[]))",
        ),
        ("OBJECT_KEYS MAP_KEYS", "v", ARRAY, "sf_object_keys({0})"),
        ("MAP_SIZE", "v", NUMBER, "CAST(len(json_keys({0})) AS BIGINT)"),
        ("MAP_CONTAINS_KEY", "tv", BOOLEAN, "list_contains(json_keys({1}), {0})"),
        ("OBJECT_DELETE MAP_DELETE", "vt+", OBJECT, "sf_object_delete([{all}])"),
        ("OBJECT_INSERT", "otv", OBJECT, "sf_object_insert({0}, {1}, {2}, false)"),
        ("OBJECT_INSERT", "otvb", OBJECT, "sf_object_insert({0}, {1}, {2}, {3})"),
        ("MAP_CAT", "vv", same(0), "sf_map_cat({0}, {1})"),
        (
            "ARRAY_REPEAT",
            "vi",
            ARRAY,
            "sf.variant_list(list_resize([]::VARCHAR[], CAST({1} AS BIGINT), coalesce({0}, '" + UNDEFINED_TEXT + "')))",
        ),
        ("GET_PATH", "vt", VARIANT, "sf_get_path({0}, {1})"),
        ("JSON_EXTRACT_PATH_TEXT", "tt", TEXT, "sf.v_text(sf_get_path(sf_parse_json({0}), {1}))"),
        ("STRIP_NULL_VALUE", "v", VARIANT, "nullif({0}, 'null')"),
        ("IS_NULL_VALUE", "v", BOOLEAN, "({0} = 'null')"),
        ("AS_ARRAY", "v", ARRAY, "CASE WHEN sf.typeof({0}) = 'ARRAY' THEN {0} END"),
        ("AS_OBJECT", "v", OBJECT, "CASE WHEN sf.typeof({0}) = 'OBJECT' THEN {0} END"),
        ("AS_BOOLEAN", "v", BOOLEAN, "CASE WHEN sf.typeof({0}) = 'BOOLEAN' THEN {0} = 'true' END"),
        ("AS_CHAR AS_VARCHAR", "v", TEXT, "CASE WHEN sf.typeof({0}) = 'VARCHAR' THEN sf.v_text({0}) END"),
        ("AS_BINARY", "v", m.binary(), "CASE WHEN sf.typeof({0}) = 'BINARY' THEN unhex(sf.v_raw({0})) END"),
        ("AS_DATE", "v", m.date(), "CASE WHEN sf.typeof({0}) = 'DATE' THEN CAST(sf.v_raw({0}) AS DATE) END"),
        ("AS_TIME", "v", m.time(), "CASE WHEN sf.typeof({0}) = 'TIME' THEN CAST(sf.v_raw({0}) AS TIME) END"),
        (
            "AS_DOUBLE AS_REAL",
            "v",
            m.real(),
            "CASE WHEN sf.typeof({0}) IN ('INTEGER', 'DECIMAL', 'DOUBLE') THEN CAST(sf.v_raw({0}) AS DOUBLE) END",
        ),
        (
            "AS_TIMESTAMP_NTZ",
            "v",
            m.timestamp_ntz(),
            "CASE WHEN sf.typeof({0}) = 'TIMESTAMP_NTZ' THEN CAST(sf.v_raw({0}) AS TIMESTAMP) END",
        ),
        (
            "AS_TIMESTAMP_LTZ",
            "v",
            m.timestamp_ltz(),
            "CASE WHEN sf.typeof({0}) = 'TIMESTAMP_LTZ' THEN CAST(sf.v_zoned({0}) AS TIMESTAMPTZ) END",
        ),
    ],
)

_IS = {
    "IS_ARRAY": ("ARRAY",), "IS_OBJECT": ("OBJECT",), "IS_BOOLEAN": ("BOOLEAN",), "IS_CHAR": ("VARCHAR",),
    "IS_VARCHAR": ("VARCHAR",), "IS_BINARY": ("BINARY",), "IS_DATE": ("DATE",), "IS_DATE_VALUE": ("DATE",),
    "IS_TIME": ("TIME",), "IS_INTEGER": ("INTEGER",), "IS_DECIMAL": ("INTEGER", "DECIMAL"),
    "IS_DOUBLE": ("INTEGER", "DECIMAL", "DOUBLE"), "IS_REAL": ("INTEGER", "DECIMAL", "DOUBLE"),
    "IS_TIMESTAMP_NTZ": ("TIMESTAMP_NTZ",), "IS_TIMESTAMP_LTZ": ("TIMESTAMP_LTZ",),
    "IS_TIMESTAMP_TZ": ("TIMESTAMP_TZ",),
}  # fmt: skip
rows(
    CATEGORY,
    [
        (name, "v", BOOLEAN, "(sf.typeof({0}) IN (" + ", ".join(f"'{kind}'" for kind in kinds) + "))")
        for name, kinds in _IS.items()
    ],
)


@function("PROMPT", CATEGORY, 1, MANY)
def prompt(call: FunctionCall) -> Typed:
    """Vendor page: "PROMPT". Raises 001008: a placeholder has no expression."""
    template, *values = call.node.args
    text = call.as_(0, m.text())
    if isinstance(text.const, str):
        for number in re.findall(r"\{(\d+)\}", text.const):
            if int(number) >= len(values):
                raise errors.INVALID_PARAMETER_VALUE(f"{{{number}}}", "template_string")
    args = n.Call("ARRAY_CONSTRUCT", list(values))
    made = n.Call("OBJECT_CONSTRUCT", [n.Literal("string", "template"), template, n.Literal("string", "args"), args])
    return call.binder.expression(made)


@function("AS_INTEGER", CATEGORY, 1)
def as_integer(call: FunctionCall) -> Typed:
    """Vendor page of Snowpark: "as_integer": a decimal becomes an integer, as with AS_DECIMAL."""
    return as_decimal(call)


@function("AS_DECIMAL AS_NUMBER", CATEGORY, 1, 3)
def as_decimal(call: FunctionCall) -> Typed:
    value = call.sql(0, "v")
    kind = m.number(int(call.constant(1, 38)), int(call.constant(2, 0)))
    number = cast(Typed(value, VARIANT), kind, call.binder.env)
    return Typed(f"CASE WHEN sf.typeof({value}) IN ('INTEGER', 'DECIMAL') THEN {number.sql} END", kind)


@function("AS_TIMESTAMP_TZ", CATEGORY, 1)
def as_timestamp_tz(call: FunctionCall) -> Typed:
    value = call.sql(0, "v")
    moment = cast(Typed(value, VARIANT), m.timestamp_tz(), call.binder.env)
    return Typed(f"CASE WHEN sf.typeof({value}) = 'TIMESTAMP_TZ' THEN {moment.sql} END", m.timestamp_tz())


# --- construction and access ------------------------------------------------------------------------------------------
@function("ARRAY_CONSTRUCT", CATEGORY, 0, MANY)
def array_construct(call: FunctionCall) -> Typed:
    return call.binder.array_of(call.binder.semi_structured(call.args()))


@function("ARRAY_CONSTRUCT_COMPACT", CATEGORY, 0, MANY)
def array_construct_compact(call: FunctionCall) -> Typed:
    made = call.binder.array_of(call.binder.semi_structured(call.args()))
    return Typed(f"sf_array_compact({made.sql})", ARRAY)


@function("OBJECT_CONSTRUCT OBJECT_CONSTRUCT_KEEP_NULL", CATEGORY, 0, MANY)
def object_construct(call: FunctionCall) -> Typed:
    keep = call.name.endswith("KEEP_NULL")
    args = call.node.args
    if len(args) == 1 and isinstance(args[0], n.Star):
        columns = call.binder.star_columns(args[0])
        pairs = [
            (Typed(literal(column.name), m.text(), column.name), Typed(column.sql, column.type)) for column in columns
        ]
    elif len(args) % 2:
        raise errors.NOT_ENOUGH_ARGUMENTS(call.name, len(args) + 1, len(args))
    else:
        values = call.args()
        pairs = list(zip(values[::2], values[1::2], strict=True))
    call.binder.semi_structured([value for _, value in pairs])
    return call.binder.object_of(pairs, keep_null=keep)


@function("OBJECT_PICK MAP_PICK", CATEGORY, 2, MANY)
def object_pick(call: FunctionCall) -> Typed:
    second = call.arg(1)
    if second.kind in ("ARRAY", "VARIANT"):
        keys = f"list_transform(sf.items({second.sql}), lambda x: sf.v_text(x))"
    else:
        keys = "[" + ", ".join(call.sql(index, "t") for index in range(1, call.count)) + "]"
    return Typed(f"sf_object_pick({call.sql(0, 'v')}, {keys})", OBJECT)


@function("GET", CATEGORY, 2)
def get(call: FunctionCall) -> Typed:
    return Typed(call.binder.get_dynamic(call.sql(0, "v"), call.arg(1)), VARIANT)


@function("GET_IGNORE_CASE", CATEGORY, 2)
def get_ignore_case(call: FunctionCall) -> Typed:
    return Typed(f"sf_get_ignore_case({call.sql(0, 'v')}, {call.sql(1, 't')})", VARIANT)


# --- higher-order functions -------------------------------------------------------------------------------------------
def _with_lambda(call: FunctionCall, index: int, values: dict[str, Typed]) -> Typed:
    """The body of a lambda argument with its parameters bound."""
    node = call.node.args[index]
    assert isinstance(node, n.Lambda)
    binder = call.binder
    saved = binder.scope
    binder.scope = Scope(parent=saved, parameters=values)
    try:
        return binder.expression(node.body)
    finally:
        binder.scope = saved


def _parameters(call: FunctionCall, index: int, count: int) -> list[tuple[str, Any]]:
    node = call.node.args[index]
    if not isinstance(node, n.Lambda) or len(node.params) != count:
        raise call.wrong_types()
    return node.params


def _element(call: FunctionCall, name: str, declared: Any) -> Typed:
    """An element of the array: of its declared type, or the type of a structured array's elements, or a VARIANT."""
    value = Typed(f"nullif({name}, '{UNDEFINED_TEXT}')", VARIANT)
    if declared is not None:
        return call.binder.coerce(value, resolve(declared))
    array = call.arg(0).type
    return call.binder.coerce(value, array.fields[0].type.with_nullable(True)) if array.fields else value


def _array(call: FunctionCall) -> tuple[str, m.SnowflakeType]:
    """SQL of the array argument, and its type."""
    value = call.arg(0)
    return (value.sql, value.type) if value.kind == "ARRAY" else (call.sql(0, "a"), ARRAY)


@function("FILTER", CATEGORY, 2)
def filter_(call: FunctionCall) -> Typed:
    ((label, declared),) = _parameters(call, 1, 1)
    name = call.binder.fresh("x")
    body = _with_lambda(call, 1, {label: _element(call, name, declared)})
    test = call.binder.coerce(body, m.boolean()).sql
    array, kind = _array(call)
    return Typed(
        f"(CASE WHEN {array} IS NOT NULL THEN sf.variant_list(list_filter(sf.items({array}), lambda {name}: {test})) END)",
        kind,
    )


@function("TRANSFORM", CATEGORY, 2)
def transform(call: FunctionCall) -> Typed:
    ((label, declared),) = _parameters(call, 1, 1)
    name = call.binder.fresh("x")
    body = _with_lambda(call, 1, {label: _element(call, name, declared)})
    text = f"coalesce({call.binder.variant_sql(body)}, '{UNDEFINED_TEXT}')"
    array, kind = _array(call)
    return Typed(
        f"(CASE WHEN {array} IS NOT NULL THEN sf.variant_list(list_transform(sf.items({array}), lambda {name}: {text})) END)",
        m.array(body.type.with_nullable(True)) if kind.fields else kind,
    )


@function("REDUCE", CATEGORY, 3)
def reduce_(call: FunctionCall) -> Typed:
    (total, total_type), (label, declared) = _parameters(call, 2, 2)
    start = call.arg(1)
    a, x = call.binder.fresh("a"), call.binder.fresh("x")

    def body_with(kind: m.SnowflakeType) -> Typed:
        accumulator = call.binder.coerce(Typed(a, VARIANT), kind)
        return _with_lambda(call, 2, {total: accumulator, label: _element(call, x, declared)})

    kind = resolve(total_type) if total_type is not None else _accumulator(start.type, start.type)
    body = body_with(kind)
    wider = kind if total_type is not None else _accumulator(kind, body.type)
    if wider != kind:
        # what the lambda gives does not fit what it started with: bound again with a wide enough accumulator
        kind = wider
        body = body_with(kind)
    text = call.binder.variant_sql(call.binder.coerce(body, kind))
    first = call.binder.variant_sql(call.binder.coerce(start, kind))
    array, _ = _array(call)
    folded = f"list_reduce(list_prepend({first}, sf.items({array})), lambda {a}, {x}: {text})"
    return call.binder.coerce(Typed(f"(CASE WHEN {array} IS NOT NULL THEN {folded} END)", VARIANT), kind)


def _accumulator(kind: m.SnowflakeType, body: m.SnowflakeType) -> m.SnowflakeType:
    """The type that both the start value and what the lambda gives fit into."""
    if kind.name == "FIXED" and body.name == "REAL":
        return m.real()
    if kind.name == "FIXED" and body.name == "FIXED":
        return m.number(38, max(kind.scale or 0, body.scale or 0))
    return m.text() if kind.name == "TEXT" else kind
