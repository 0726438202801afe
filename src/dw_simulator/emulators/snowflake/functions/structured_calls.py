"""Semi-structured functions given structured values, and what constructs those. Vendor page: "Structured data types".

Their results are structured too: an array of the type that its elements fit into, an object whose type says its keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions import semistructured  # noqa: F401 - registers what has rules here
from dw_simulator.emulators.snowflake.functions import structured as _maps  # noqa: F401 - the same
from dw_simulator.emulators.snowflake.functions.registry import FUNCTIONS, MANY, FunctionCall, Lowering, function
from dw_simulator.emulators.snowflake.functions.semistructured_values import path_steps
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.structures import coercible, element_type, is_structured
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import NULL_TYPE, Typed, common
from dw_simulator.emulators.snowflake.types import model as m
from dw_simulator.emulators.snowflake.types.model import SnowflakeType, StructField

CATEGORY = "Semi-structured and structured data"
Rule = Callable[[FunctionCall, Typed, Lowering], Typed]


def _as(sql: str, kind: SnowflakeType) -> Typed:
    """JSON text of a value as the structured type that it is to have."""
    if not kind.fields:
        return Typed(sql, kind)
    return Typed(f"sf_structured({sql}, {literal(kind.with_nullable(True).sql_name())})", kind.with_nullable(True))


# --- arrays -----------------------------------------------------------------------------------------------------------
def _same_type(call: FunctionCall, array: Typed, lower: Lowering) -> Typed:
    return Typed(lower(call).sql, array.type.with_nullable(True))


def _with_element(position: int) -> Rule:
    """A function that puts argument ``position`` into the array: it must be coercible to the element's type."""

    def rule(call: FunctionCall, array: Typed, lower: Lowering) -> Typed:
        element, value = array.type.fields[0].type, call.arg(position)
        families = {value.kind, element.name}
        if len(families) > 1 and not families <= {"FIXED", "REAL"} and not families & {"NULL", "TEXT", "VARIANT"}:
            raise call.wrong_types()
        call.as_(position, element)
        return _as(lower(call).sql, array.type)

    return rule


def _two_arrays(call: FunctionCall, array: Typed, lower: Lowering) -> Typed:
    """Both arrays are structured and comparable; the result can hold the elements of both."""
    other = call.arg(1)
    if other.kind != "ARRAY" or not is_structured(other.type):
        raise call.wrong_types()
    left, right = array.type.fields[0].type, other.type.fields[0].type
    families = {left.name, right.name}
    if len(families) > 1 and not families <= {"FIXED", "REAL"}:
        raise call.wrong_types()
    element = common((left, right)).with_nullable(left.nullable or right.nullable)
    if call.name == "ARRAY_EXCEPT":
        return _as(lower(call).sql, array.type)
    return _as(lower(call).sql, m.array(element))


def _flattened(call: FunctionCall, array: Typed, lower: Lowering) -> Typed:
    inner = array.type.fields[0].type
    return Typed(lower(call).sql, inner.with_nullable(True) if inner.name == "ARRAY" else m.array())


# --- objects and maps -------------------------------------------------------------------------------------------------
def _keys(call: FunctionCall, value: Typed, lower: Lowering) -> Typed:
    if value.kind == "MAP":
        return _as(lower(call).sql, m.array(value.type.fields[0].type))
    names = ",".join(literal(field.name) for field in value.type.fields)
    sql = f"CASE WHEN {value.sql} IS NOT NULL THEN sf.variant_list([sf.v_string(k) for k in [{names}]]) END"
    return Typed(f"({sql})", m.array(m.text()))


def _constant_key(call: FunctionCall, index: int) -> str:
    key = call.constant(index)
    if not isinstance(key, str):
        raise call.wrong_types()
    return key


def _missing(call: FunctionCall, key: str) -> errors.SnowflakeError:
    message = f"Function {call.name}: expected structured object to contain field {key} but it did not."
    return errors.SnowflakeError(93201, "23001", message)


def _delete(call: FunctionCall, value: Typed, lower: Lowering) -> Typed:
    if value.kind == "MAP":
        return _same_type(call, value, lower)
    gone = [_constant_key(call, index) for index in range(1, call.count)]
    for key in gone:
        if key not in {field.name for field in value.type.fields}:
            raise _missing(call, key)
    kind = m.object_(*(field for field in value.type.fields if field.name not in gone))
    return _as(lower(call).sql, kind)


def _insert(call: FunctionCall, value: Typed, _: Lowering) -> Typed:
    key, item = _constant_key(call, 1), call.arg(2)
    update = call.count > 3 and bool(call.constant(3))
    fields = list(value.type.fields)
    names = [field.name for field in fields]
    if update and key not in names:
        raise _missing(call, key)
    if key in names and not update:
        message = f"Function {call.name}: expected structured object to not contain field {key} but it did."
        raise errors.SnowflakeError(93202, "23001", message)
    if update:
        kind = fields[names.index(key)].type
    else:
        kind = item.type if item.type is not NULL_TYPE else m.text()
        fields.append(StructField(key, kind))
    text = call.binder.variant_sql(call.binder.coerce(item, kind))
    made = f"sf_object_insert({value.sql}, {literal(key)}, coalesce({text}, 'null'), true)"
    return _as(made, m.object_(*fields))


def _pick(call: FunctionCall, value: Typed, lower: Lowering) -> Typed:
    if value.kind == "MAP":
        return _same_type(call, value, lower)
    fields = {field.name: field for field in value.type.fields}
    keys = [_constant_key(call, index) for index in range(1, call.count)]
    for key in keys:
        if key not in fields:
            raise _missing(call, key)
    return _as(lower(call).sql, m.object_(*(fields[key] for key in keys)))


def _element(call: FunctionCall, value: Typed, lower: Lowering) -> Typed:
    key = call.constant(1) if value.kind == "OBJECT" else None
    if call.name == "GET_IGNORE_CASE" and value.kind == "OBJECT":
        names = [field.name for field in value.type.fields]
        key = next((name for name in names if name == key or name.lower() == str(key).lower()), key)
    kind = element_type(value.type, key)
    return call.binder.coerce(Typed(lower(call).sql, m.variant()), kind.with_nullable(True))


def _path(call: FunctionCall, value: Typed, lower: Lowering) -> Typed:
    """GET_PATH: the path is constant, and what it leads to has the type that the value's own type says."""
    path = call.constant(1)
    kind = value.type
    for step in path_steps(str(path)):
        if not is_structured(kind):
            return Typed(lower(call).sql, m.variant())
        kind = element_type(kind, step if isinstance(step, str) else None)
    return call.binder.coerce(Typed(lower(call).sql, m.variant()), kind.with_nullable(True))


def _refused(call: FunctionCall, _value: Typed, _lower: Lowering) -> Typed:
    raise call.wrong_types()


def _overlap(call: FunctionCall, array: Typed, lower: Lowering) -> Typed:
    """Raises SnowflakeError 001044: the elements are not comparable."""
    if not coercible(array.type, call.arg(1).type):
        raise call.wrong_types()
    return lower(call)


RULES: dict[str, Rule] = {
    **dict.fromkeys(
        ("ARRAY_COMPACT", "ARRAY_SLICE", "ARRAY_DISTINCT", "ARRAY_SORT", "ARRAY_REVERSE", "ARRAY_REMOVE_AT", "MAP_CAT"),
        _same_type,
    ),
    **dict.fromkeys(("ARRAY_CAT", "ARRAY_EXCEPT", "ARRAY_INTERSECTION"), _two_arrays),
    "ARRAY_APPEND": _with_element(1),
    "ARRAY_PREPEND": _with_element(1),
    "ARRAY_INSERT": _with_element(2),
    "ARRAY_FLATTEN": _flattened,
    "OBJECT_KEYS": _keys,
    "MAP_KEYS": _keys,
    "OBJECT_DELETE": _delete,
    "MAP_DELETE": _delete,
    "OBJECT_INSERT": _insert,
    "OBJECT_PICK": _pick,
    "MAP_PICK": _pick,
    "GET": _element,
    "GET_IGNORE_CASE": _element,
    "GET_PATH": _path,
    "ARRAYS_OVERLAP": _overlap,
    **dict.fromkeys(("AS_ARRAY", "AS_OBJECT", "IS_ARRAY", "IS_OBJECT", "TYPEOF"), _refused),
}


_BOTH = frozenset({"ARRAY_CAT", "ARRAY_EXCEPT", "ARRAY_INTERSECTION", "ARRAYS_OVERLAP"})
"""Functions of two arrays: both are structured, or none."""


def _ruled(name: str, lower: Lowering) -> Lowering:
    def lowering(call: FunctionCall) -> Typed:
        first = call.arg(0)
        if name in _BOTH and is_structured(first.type) != is_structured(call.arg(1).type):
            raise call.wrong_types()
        if name in RULES and is_structured(first.type):
            return RULES[name](call, first, lower)
        return lower(call)

    return lowering


# The rules are put before the functions that they are about, which are registered by now.
for _name in RULES:
    FUNCTIONS[_name] = [replace(_entry, lower=_ruled(_name, _entry.lower)) for _entry in FUNCTIONS[_name]]


# --- constructors -----------------------------------------------------------------------------------------------------
@function("ARRAY_CONSTRUCT_STRUCTURED", CATEGORY, 1, MANY)
def array_construct_structured(call: FunctionCall) -> Typed:
    """An array of the type that all its elements can be coerced to."""
    values = call.args()
    kind = common(value.type for value in values)
    kind = kind if kind is not NULL_TYPE else m.text()
    element = kind.with_nullable(any(value.type.nullable for value in values))
    made = call.binder.array_of([call.binder.coerce(value, kind) for value in values])
    return _as(made.sql, m.array(element))


@function("OBJECT_CONSTRUCT_KEEP_NULL_STRUCTURED", CATEGORY, 1, MANY)
def object_construct_structured(call: FunctionCall) -> Typed:
    """An object whose type has the keys, in their order, and the types of their values."""
    pairs = _pairs(call)
    fields = [StructField(key, value.type if value.type is not NULL_TYPE else m.text()) for key, value in pairs]
    named = [(Typed(literal(key), m.text(), key), value) for key, value in pairs]
    return _as(call.binder.object_of(named, keep_null=True).sql, m.object_(*fields))


def _pairs(call: FunctionCall) -> list[tuple[str, Typed]]:
    star = call.node.args[0]
    if isinstance(star, n.Star):
        return [(column.name, Typed(column.sql, column.type)) for column in call.binder.star_columns(star)]
    if call.count % 2:
        raise errors.NOT_ENOUGH_ARGUMENTS(call.name, call.count + 1, call.count)
    pairs = [(_constant_key(call, index), call.arg(index + 1)) for index in range(0, call.count, 2)]
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise errors.DUPLICATE_KEY(key)
        seen.add(key)
    return pairs


@function("MAP_CONSTRUCT", CATEGORY, 2, MANY)
def map_construct(call: FunctionCall) -> Typed:
    """A map of the types that all keys, and all values, can be coerced to."""
    if call.count % 2:
        raise errors.NOT_ENOUGH_ARGUMENTS(call.name, call.count + 1, call.count)
    values = call.args()
    keys = common(value.type for value in values[::2])
    if keys.name not in ("TEXT", "FIXED") or keys.scale:
        raise call.wrong_types()
    items = common(value.type for value in values[1::2])
    items = items if items is not NULL_TYPE else m.text()
    pairs = [
        (call.binder.coerce(call.binder.coerce(key, keys), m.text()), call.binder.coerce(item, items))
        for key, item in zip(values[::2], values[1::2], strict=True)
    ]
    return _as(call.binder.object_of(pairs, keep_null=True).sql, m.map_(keys, items))
