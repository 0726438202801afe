"""Vector functions. Vendor page: "Vector functions"."""

from __future__ import annotations

from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Vector"
_DISTANCES = {
    "VECTOR_COSINE_SIMILARITY": "list_cosine_similarity({0}, {1})",
    "VECTOR_INNER_PRODUCT": "list_inner_product({0}, {1})",
    "VECTOR_L2_DISTANCE": "list_distance({0}, {1})",
    "VECTOR_L1_DISTANCE": "list_sum(list_transform(list_zip({0}, {1}), lambda p: abs(p[1] - p[2])))",
}


@function(" ".join(_DISTANCES), CATEGORY, 2)
def distance(call: FunctionCall) -> Typed:
    values = [call.arg(index) for index in (0, 1)]
    if any(value.kind != "VECTOR" for value in values):
        raise call.wrong_types()
    lists = [
        f"list_transform(CAST(json_extract({value.sql}, '$[*]') AS VARCHAR[]), lambda x: CAST(sf.v_raw(x) AS DOUBLE))"
        for value in values
    ]
    return Typed(_DISTANCES[call.name].format(*lists), m.real())
