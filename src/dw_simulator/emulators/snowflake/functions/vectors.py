"""Vector functions. Vendor page: "Vector functions"."""

from __future__ import annotations

from collections.abc import Callable

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.aggregates import over
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Vector"
_PAIRS = {
    "VECTOR_COSINE_SIMILARITY": "list_cosine_similarity({a}, {b})",
    "VECTOR_COSINE_DISTANCE": "list_cosine_similarity({a}, {b})",
    "VECTOR_INNER_PRODUCT": "list_inner_product({a}, {b})",
    "VECTOR_L2_DISTANCE": "list_distance({a}, {b})",
    "VECTOR_L1_DISTANCE": "list_sum(list_transform(list_zip({a}, {b}), lambda p: abs(p[1] - p[2])))",
}


def _numbers(value: Typed) -> str:
    """SQL of a vector's elements as doubles."""
    listed = f"CAST(json_extract({value.sql}, '$[*]') AS VARCHAR[])"
    return f"list_transform({listed}, lambda x: CAST(sf.v_raw(x) AS DOUBLE))"


def _vector(call: FunctionCall, index: int) -> Typed:
    value = call.arg(index)
    if value.kind != "VECTOR":
        raise call.wrong_types()
    return value


@function(" ".join(_PAIRS), CATEGORY, 2)
def pair(call: FunctionCall) -> Typed:
    a, b = _vector(call, 0), _vector(call, 1)
    if a.type.length != b.type.length or a.type.fields != b.type.fields:
        raise call.wrong_types()
    return Typed(f"({_PAIRS[call.name].format(a=_numbers(a), b=_numbers(b))})", m.real())


@function("VECTOR_NORMALIZE", CATEGORY, 1)
def normalize(call: FunctionCall) -> Typed:
    value = _vector(call, 0)
    return Typed(f"sf_vector_normalize({_numbers(value)})", m.vector(m.real(), value.type.length or 0))


@function("VECTOR_TRUNCATE", CATEGORY, 2)
def truncate(call: FunctionCall) -> Typed:
    value, size = _vector(call, 0), int(call.constant(1))
    if not 1 <= size <= (value.type.length or 0):
        raise errors.INVALID_PARAMETER_VALUE(size, call.name)
    listed = f"CAST(json_extract({value.sql}, '$[*]') AS VARCHAR[])[1:{size}]"
    return Typed(f"sf.variant_list({listed})", m.vector(value.type.fields[0].type, size))


@function("VECTOR_SUM VECTOR_MIN VECTOR_MAX VECTOR_AVG", CATEGORY, 1, kind="aggregate")
def aggregate(call: FunctionCall) -> Typed:
    """Element by element over the rows."""
    value = _vector(call, 0)
    name = call.name.removeprefix("VECTOR_").lower()
    element = m.real() if name == "avg" else value.type.fields[0].type
    listed = f"list({_numbers(value)}) FILTER (WHERE {value.sql} IS NOT NULL){over(call)}"
    whole = str(element.name == "FIXED").lower()
    return Typed(f"sf_vector_aggregate({listed}, '{name}', {whole})", m.vector(element, value.type.length or 0))


def _text(values: list[float], whole: bool = False) -> str:
    from dw_simulator.emulators.snowflake.functions.variant_json import dumps

    return dumps([int(value) if whole else value for value in values])


@udf("sf_vector_normalize", "DOUBLE[]", "VARCHAR")
def _normalize(values: list[float]) -> str:
    size = sum(value * value for value in values) ** 0.5
    return _text([value / size if size else 0.0 for value in values])


@udf("sf_vector_aggregate", "DOUBLE[][] VARCHAR BOOLEAN", "VARCHAR")
def _aggregate(vectors: list[list[float]], name: str, whole: bool) -> str:
    columns = list(zip(*vectors, strict=True))
    if name == "avg":
        return _text([sum(column) / len(column) for column in columns])
    totals: dict[str, Callable[[tuple[float, ...]], float]] = {"sum": sum, "min": min, "max": max}
    return _text([totals[name](column) for column in columns], whole)
