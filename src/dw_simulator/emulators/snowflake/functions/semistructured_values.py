"""What the functions of ``semistructured`` do to arrays and objects, in Python over their JSON text."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.functions.variant_json import UNDEFINED, Ordered, Tagged, dumps, loads
from dw_simulator.emulators.snowflake.types import decfloat


def _key(value: Any) -> str:
    """Text by which values are equal: 5, 5.00 and 5e0 are."""
    if isinstance(value, float | Decimal) and not isinstance(value, bool):
        return f"{float(value):.15g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{float(value):.15g}" if abs(value) < 10**15 else str(value)
    return dumps(value)


_RANK = {bool: 1, int: 2, float: 2, Decimal: 2, str: 3, Tagged: 4, list: 5, dict: 6}


def _compare(a: Any, b: Any) -> int:
    ra, rb = _RANK.get(type(a), 9), _RANK.get(type(b), 9)
    if ra != rb:
        return ra - rb
    if ra == 2:
        return (float(a) > float(b)) - (float(a) < float(b))
    ka, kb = (a.text, b.text) if isinstance(a, Tagged) and isinstance(b, Tagged) else (dumps(a), dumps(b))
    return (ka > kb) - (ka < kb)


def _list(text: str) -> list[Any]:
    value = loads(text)
    if not isinstance(value, list):
        raise errors.SnowflakeError(100107, "22000", f"Not an array: '{text}'")
    return value


@udf("sf_array_cat", "VARCHAR VARCHAR", "VARCHAR")
def _cat(a: str, b: str) -> str:
    return dumps(_list(a) + _list(b))


@udf("sf_array_compact", "VARCHAR", "VARCHAR")
def _compact(a: str) -> str:
    return dumps([item for item in _list(a) if item is not None and item is not UNDEFINED])


@udf("sf_array_contains", "VARCHAR VARCHAR", "BOOLEAN", nulls=True)
def _contains(a: str | None, v: str | None) -> bool | None:
    if a is None:
        return None
    wanted = UNDEFINED if v is None else loads(v)
    found = any(_key(item) == _key(wanted) for item in _list(a))
    return found if found or v is not None else None


@udf("sf_array_position", "VARCHAR VARCHAR", "BIGINT", nulls=True)
def _position(a: str | None, v: str | None) -> int | None:
    """An SQL NULL is at the place of an SQL NULL."""
    if a is None or not a.startswith("["):
        return None
    wanted = _key(UNDEFINED if v is None else loads(v))
    return next((index for index, item in enumerate(_list(a)) if _key(item) == wanted), None)


@udf("sf_array_distinct", "VARCHAR", "VARCHAR")
def _distinct(a: str) -> str:
    first: dict[str, Any] = {}
    for item in _list(a):
        first.setdefault(_key(item), item)
    return dumps(list(first.values()))


@udf("sf_array_except", "VARCHAR VARCHAR", "VARCHAR")
def _except(a: str, b: str) -> str:
    gone = Counter(_key(item) for item in _list(b))
    kept = []
    for item in _list(a):
        if gone[_key(item)] > 0:
            gone[_key(item)] -= 1
        else:
            kept.append(item)
    return dumps(kept)


@udf("sf_array_intersection", "VARCHAR VARCHAR", "VARCHAR")
def _intersection(a: str, b: str) -> str:
    there = Counter(_key(item) for item in _list(b))
    kept = []
    for item in _list(a):
        if there[_key(item)] > 0:
            there[_key(item)] -= 1
            kept.append(item)
    return dumps(kept)


@udf("sf_array_union", "VARCHAR[]", "VARCHAR")
def _union(arrays: list[str | None]) -> str:
    counts: Counter[str] = Counter()
    values: dict[str, Any] = {}
    for text in arrays:
        if text is None:
            continue
        items = _list(text)
        values.update({_key(item): item for item in items})
        for key, count in Counter(_key(item) for item in items).items():
            counts[key] = max(counts[key], count)
    return dumps([values[key] for key, count in counts.items() for _ in range(count)])


@udf("sf_array_flatten", "VARCHAR", "VARCHAR")
def _flatten(a: str) -> str | None:
    result: list[Any] = []
    for item in _list(a):
        if item is UNDEFINED:
            return None
        if not isinstance(item, list):
            raise errors.SnowflakeError(
                100107, "22000", "Not an array: 'Input argument to ARRAY_FLATTEN is not an array of arrays'"
            )
        result.extend(item)
    return dumps(result)


@udf("sf_array_insert", "VARCHAR BIGINT VARCHAR", "VARCHAR", nulls=True)
def _insert(a: str | None, at: int | None, v: str | None) -> str | None:
    if a is None or at is None:
        return None
    items = _list(a)
    value = UNDEFINED if v is None else loads(v)
    if at < 0:
        at = max(0, len(items) + at)
    items.extend([UNDEFINED] * (at - len(items)))
    items.insert(at, value)
    return dumps(items)


@udf("sf_array_extreme", "VARCHAR BOOLEAN", "VARCHAR")
def _extreme(a: str, largest: bool) -> str | None:
    items = [item for item in _list(a) if item is not UNDEFINED]
    values = [item for item in items if item is not None]
    if not values:
        return "null" if items else None
    chosen = (max if largest else min)(values, key=cmp_to_key(_compare))
    return dumps(chosen)


@udf("sf_array_remove", "VARCHAR VARCHAR", "VARCHAR")
def _remove(a: str, v: str) -> str:
    wanted = _key(loads(v))
    return dumps([item for item in _list(a) if _key(item) != wanted])


@udf("sf_array_remove_at", "VARCHAR BIGINT", "VARCHAR")
def _remove_at(a: str, at: int) -> str:
    items = _list(a)
    if -len(items) <= at < len(items):
        del items[at]
    return dumps(items)


@udf("sf_array_reverse", "VARCHAR", "VARCHAR")
def _reverse(a: str) -> str:
    return dumps(_list(a)[::-1])


@udf("sf_array_slice", "VARCHAR BIGINT BIGINT", "VARCHAR")
def _slice(a: str, low: int, high: int) -> str:
    return dumps(_list(a)[low:high])


@udf("sf_array_sort", "VARCHAR BOOLEAN BOOLEAN", "VARCHAR")
def _sort(a: str, ascending: bool, nulls_first: bool) -> str:
    items = _list(a)
    undefined = [item for item in items if item is UNDEFINED]
    values = sorted((item for item in items if item is not UNDEFINED and item is not None), key=cmp_to_key(_compare))
    nulls = [item for item in items if item is None]
    values = values + nulls if ascending else nulls + values[::-1]
    return dumps(undefined + values if nulls_first else values + undefined)


@udf("sf_array_to_string", "VARCHAR VARCHAR", "VARCHAR")
def _to_string(a: str, separator: str) -> str:
    from dw_simulator.emulators.snowflake.functions.variant_json import _variant_text

    return separator.join("" if item in (None, UNDEFINED) else str(_variant_text(dumps(item))) for item in _list(a))


@udf("sf_arrays_overlap", "VARCHAR VARCHAR", "BOOLEAN")
def _overlap(a: str, b: str) -> bool:
    return bool({_key(item) for item in _list(a)} & {_key(item) for item in _list(b)})


@udf("sf_arrays_to_object", "VARCHAR VARCHAR", "VARCHAR")
def _to_object(a: str, b: str) -> str:
    pairs = zip(_list(a), _list(b), strict=False)
    return dumps({str(key): value for key, value in pairs if key is not UNDEFINED and value is not UNDEFINED})


@udf("sf_arrays_zip", "VARCHAR[]", "VARCHAR")
def _zip(arrays: list[str | None]) -> str | None:
    if None in arrays:
        return None
    lists = [_list(str(text)) for text in arrays]
    size = max(len(items) for items in lists)
    padded = [items + [None] * (size - len(items)) for items in lists]
    return dumps([{f"${index + 1}": items[row] for index, items in enumerate(padded)} for row in range(size)])


def _object(text: str) -> dict[str, Any]:
    value = loads(text)
    if not isinstance(value, dict):
        raise errors.VARIANT_CAST(text, "OBJECT")
    return value


@udf("sf_object_keys", "VARCHAR", "VARCHAR")
def _keys(text: str) -> str | None:
    return dumps(sorted(_object(text))) if text.startswith("{") else None


@udf("sf_object_pick", "VARCHAR VARCHAR[]", "VARCHAR")
def _pick(text: str, keys: list[str]) -> str:
    return dumps({key: value for key, value in _object(text).items() if key in keys})


@udf("sf_object_delete", "VARCHAR[]", "VARCHAR")
def _delete(parts: list[str | None]) -> str | None:
    if parts[0] is None:
        return None
    return dumps({key: value for key, value in _object(parts[0]).items() if key not in parts[1:]})


@udf("sf_object_insert", "VARCHAR VARCHAR VARCHAR BOOLEAN", "VARCHAR", nulls=True)
def _object_insert(text: str | None, key: str | None, value: str | None, update: bool | None) -> str | None:
    if text is None or key is None:
        return None
    items = _object(text)
    if key in items and not update:
        raise errors.DUPLICATE_KEY(key)
    if value is None:
        items.pop(key, None)
    else:
        items[key] = loads(value)
    return dumps(items)


@udf("sf_map_cat", "VARCHAR VARCHAR", "VARCHAR")
def _map_cat(a: str, b: str) -> str:
    return dumps({**_object(a), **_object(b)})


@udf("sf_get_ignore_case", "VARCHAR VARCHAR", "VARCHAR")
def _get_ignore_case(text: str, key: str) -> str | None:
    value = loads(text)
    if not isinstance(value, dict):
        return None
    if key in value:
        return dumps(value[key])
    return next((dumps(item) for name, item in value.items() if name.lower() == key.lower()), None)


@udf("sf_get_path", "VARCHAR VARCHAR", "VARCHAR")
def get_path(text: str, path: str) -> str | None:
    """The value at ``a.b[0]['c']``."""
    value: Any = loads(text)
    for step in path_steps(path):
        value = _step(value, step)
        if value is UNDEFINED:
            return None
    return None if value is UNDEFINED else dumps(value)


def _step(value: Any, step: str | int) -> Any:
    """The value one step inside, UNDEFINED if there is none."""
    if isinstance(value, list) and isinstance(step, int):
        return value[step] if 0 <= step < len(value) else UNDEFINED
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step, UNDEFINED)
    return UNDEFINED


def path_steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    at = 0
    pattern = re.compile(r"""[.:]?(?:"((?:[^"]|"")*)"|([^.:\[\]"]+))|\[(\d+)\]|\['((?:[^'])*)'\]|\["([^"]*)"\]""")
    while at < len(path):
        match = pattern.match(path, at)
        if match is None:
            raise errors.SnowflakeError(100145, "22000", f"Invalid path: '{path}'")
        quoted, bare, index, single, double = match.groups()
        if index is not None:
            steps.append(int(index))
        else:
            steps.append(next(part for part in (quoted, bare, single, double) if part is not None))
        at = match.end()
    return steps


@udf("sf_structured", "VARCHAR VARCHAR", "VARCHAR")
def _structured(text: str, kind: str) -> str:
    """A value checked and converted to a structured type."""
    from dw_simulator.emulators.snowflake.functions.structured import convert

    return dumps(convert(loads(text), kind))


@udf("sf_structured_order", "VARCHAR", "VARCHAR")
def _structured_order(text: str) -> str:
    """A text whose order is that of structured values: their fields are compared in alphabetical order."""
    return _ordered(loads(text))


def _ordered(value: Any) -> str:
    if isinstance(value, list):
        return "[" + "".join(f"{_ordered(item)}\x01" for item in value)
    if isinstance(value, dict):
        pairs = sorted((_ordered(key), _ordered(item)) for key, item in value.items())
        return "{" + "".join(f"{key}\x01{item}\x01" for key, item in pairs)
    if value is None or value is UNDEFINED:
        return "~"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and math.isfinite(value):
        return decfloat.encode(Decimal(str(value)))
    return value if isinstance(value, str) else dumps(value)


@udf("sf_semi_structured", "VARCHAR", "VARCHAR")
def _semi_structured(text: str) -> str:
    return dumps(loads(text))


@udf("sf_rename_fields", "VARCHAR VARCHAR", "VARCHAR")
def _rename_fields(text: str, names: str) -> str:
    """A structured OBJECT whose keys have other names, in their order."""
    return dumps(Ordered(zip(json.loads(names), loads(text).values(), strict=True)))


@udf("sf_add_fields", "VARCHAR VARCHAR", "VARCHAR")
def _add_fields(text: str, names: str) -> str:
    """A structured OBJECT with NULL for the keys that it does not have."""
    return dumps(dict.fromkeys(json.loads(names)) | loads(text))
