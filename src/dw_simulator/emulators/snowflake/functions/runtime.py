"""What lowered SQL calls at run time: macros (schema ``sf``) and Python functions.

The backend installs them. A macro is inlined by DuckDB and costs nothing of its own; a Python function works on Arrow
columns and is used only where SQL cannot say it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from dw_simulator.emulators.snowflake.translation.variants import TAG

PythonFunction = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Udf:
    """A Python function on values. ``nulls`` says that it wants to see NULLs (else NULL in, NULL out)."""

    name: str
    parameters: tuple[str, ...]
    result: str
    function: PythonFunction
    nulls: bool = False
    vectorised: bool = False


UDFS: dict[str, Udf] = {}
MACROS: dict[str, str] = {}


def udf(
    name: str, parameters: str, result: str, *, nulls: bool = False, vectorised: bool = False
) -> Callable[[PythonFunction], PythonFunction]:
    """Register a Python function under ``name``; ``parameters`` are DuckDB types separated by blanks."""

    def register(function: PythonFunction) -> PythonFunction:
        UDFS[name] = Udf(name, tuple(parameters.split()), result, function, nulls, vectorised)
        return function

    return register


def macro(signature: str, body: str) -> None:
    """Register a macro: ``macro("f(x)", "x + 1")`` is called as ``sf.f(x)``."""
    MACROS[signature] = body


def macros(table: dict[str, str]) -> None:
    MACROS.update(table)


def arrow_function(entry: Udf, result_type: pa.DataType) -> PythonFunction:
    """``entry`` as a function on Arrow arrays, as DuckDB calls it."""
    if entry.vectorised:
        return entry.function
    function, nulls = entry.function, entry.nulls

    def on_arrays(*columns: Any) -> pa.Array:
        lists = [column.to_pylist() for column in columns]
        if nulls:
            values = [function(*row) for row in zip(*lists, strict=True)]
        elif len(lists) == 1:
            values = [None if value is None else function(value) for value in lists[0]]
        else:
            values = [None if None in row else function(*row) for row in zip(*lists, strict=True)]
        return pa.array(values, type=result_type)

    # DuckDB counts the parameters of what it is given.
    names = [f"a{index}" for index in range(len(entry.parameters))]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    on_arrays.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])  # type: ignore[attr-defined]
    return on_arrays


macros(
    {
        # --- variants
        "v_raw_string(s)": f"CASE WHEN starts_with(s, '{TAG}') THEN substr(s, 3) ELSE s END",
        "v_raw(v)": (
            "CASE WHEN v IS NULL OR v = 'null' THEN NULL WHEN starts_with(v, '\"') "
            "THEN sf.v_raw_string(json_extract_string(v, '$')) ELSE v END"
        ),
        "v_zoned(v)": "CASE WHEN starts_with(v, '\"" + TAG + "L') THEN sf.v_raw(v) || '+00:00' ELSE sf.v_raw(v) END",
        "v_text(v)": (
            "CASE WHEN v IS NULL OR v = 'null' THEN NULL "
            f"WHEN contains(v, '\"{TAG}') OR starts_with(v, '{{\"$\":') THEN sf_variant_text(v) "
            "WHEN starts_with(v, '\"') THEN json_extract_string(v, '$') ELSE v END"
        ),
        "v_string(s)": f"CASE WHEN starts_with(s, '{TAG}') THEN '\"{TAG}S' || substr(to_json(s), 2) "
        "ELSE CAST(to_json(s) AS VARCHAR) END",
        "v_number(s)": (
            "CASE WHEN length(s) <= 16 AND NOT starts_with(s, '.') AND NOT starts_with(s, '-.') "
            "THEN CASE WHEN contains(s, '.') THEN rtrim(rtrim(s, '0'), '.') ELSE s END "
            "ELSE sf_variant_number(s) END"
        ),
        "v_number_text(v)": ("CASE v WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE sf.v_raw(v) END"),
        "v_boolean_text(v)": "sf.v_raw(v)",
        "json_plain(v)": (
            f"CASE WHEN contains(v, '\"{TAG}') OR starts_with(v, '{{\"$\":') THEN sf_json_plain(v) ELSE v END"
        ),
        "v_array(v)": (
            "CASE WHEN v IS NULL OR v = 'null' THEN NULL WHEN starts_with(v, '[') THEN v ELSE '[' || v || ']' END"
        ),
        "v_object(v)": (
            "CASE WHEN v IS NULL OR v = 'null' THEN NULL WHEN starts_with(v, '{') THEN v "
            "WHEN sf.typeof(v) = 'VARCHAR' AND starts_with(sf_try_parse_json(sf.v_text(v)), '{') "
            "THEN sf_try_parse_json(sf.v_text(v)) ELSE error('sf:100071:' || v || ':OBJECT') END"
        ),
        "v_key(v)": (
            "CASE WHEN v IS NULL THEN NULL "
            f"WHEN starts_with(v, '\"{TAG}F') OR starts_with(v, '\"{TAG}n') THEN "
            "{'r': 1, 'n': CAST(sf.v_raw(v) AS DOUBLE), 's': ''} "
            "WHEN v[1] IN ('-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9') THEN "
            "{'r': 1, 'n': CAST(v AS DOUBLE), 's': CASE WHEN length(v) > 15 THEN v ELSE '' END} "
            "WHEN starts_with(v, '\"') THEN {'r': 2, 'n': 0.0::DOUBLE, 's': sf.v_raw(v)} "
            "WHEN v = 'null' THEN {'r': 9, 'n': 0.0::DOUBLE, 's': v} ELSE {'r': 3, 'n': 0.0::DOUBLE, 's': v} END"
        ),
        # --- numbers
        # Not by error(): DuckDB takes that for volatile and then joins no correlated subquery that has it.
        # Constants are computed bottom-up, so that the text of the error must be NULL wherever there is none.
        # x and y are a and b before they became integers: the arguments are bound as often as they are named.
        "div_round(a, x, b, y)": "sf.div_checked(sf.div_half(a, x, b), x, y)",
        "div_checked(quotient, x, y)": (
            "CASE WHEN y = 0 AND x IS NOT NULL THEN CAST('sf:100051:' || CASE WHEN y = 0 THEN y END AS HUGEINT) "
            "ELSE quotient END"
        ),
        "div_half(a, x, b)": "(a + sign(x) * (abs(b) // 2)) // b",
        "div_near(a, up, b)": "(a * up + sign(a) * (abs(b) // 2)) // b",
        "units(x, up)": "CAST(trunc(x) AS HUGEINT) * up::HUGEINT + CAST((x % 1) * up AS HUGEINT)",
        "fits(x)": f"CASE WHEN abs(x) < {10**38}::HUGEINT THEN x ELSE CAST(error('sf:100046:' || x) AS HUGEINT) END",
        "divisor(a, b)": (
            "CASE WHEN b = 0 AND a IS NOT NULL THEN CASE WHEN CAST('sf:100051:' || "
            "CASE WHEN a IS NOT NULL AND b = 0 THEN b END AS BOOLEAN) THEN b END ELSE b END"
        ),
        # --- text
        "try_fit_text(s, n)": "CASE WHEN length(s) <= n THEN s END",
        "fit_text(s, n)": "CASE WHEN length(s) > n THEN error('sf:100078:' || s) ELSE s END",
        "fit_binary(s, n)": "CASE WHEN octet_length(s) > n THEN error('sf:100078:' || hex(s)) ELSE s END",
        "number_text(s)": "s",
        "float_text(x)": (
            "CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'inf' ELSE '-inf' END "
            "WHEN x = trunc(x) AND abs(x) < 1e15 THEN CAST(CAST(x AS BIGINT) AS VARCHAR) ELSE format('{:.10g}', x) END"
        ),
        "try_text_boolean(s)": (
            "CASE WHEN lower(trim(s)) IN ('true', 't', 'yes', 'y', 'on', '1') THEN true "
            "WHEN lower(trim(s)) IN ('false', 'f', 'no', 'n', 'off', '0') THEN false END"
        ),
        "text_boolean(s)": (
            "CASE WHEN lower(trim(s)) IN ('true', 't', 'yes', 'y', 'on', '1') THEN true "
            "WHEN lower(trim(s)) IN ('false', 'f', 'no', 'n', 'off', '0') THEN false "
            "WHEN s IS NULL THEN NULL ELSE error('sf:100037:' || s) END"
        ),
        "condition(s)": (
            "CASE lower(s) WHEN 'true' THEN true WHEN 'false' THEN false "
            "ELSE CASE WHEN s IS NOT NULL THEN error('sf:100037:' || s) END END"
        ),
        "try_hex_binary(s)": "CASE WHEN length(s) % 2 = 0 AND regexp_full_match(s, '[0-9a-fA-F]*') THEN unhex(s) END",
        "hex_binary(s)": (
            "CASE WHEN s IS NULL THEN NULL WHEN length(s) % 2 = 0 AND regexp_full_match(s, '[0-9a-fA-F]*') "
            "THEN unhex(s) ELSE error('sf:100115:' || s) END"
        ),
        # --- times
        "tz_local(t)": "((t).value AT TIME ZONE 'UTC') + to_minutes((t).offset_minutes)",
        "tz_of(z)": (
            "CASE WHEN z IS NULL THEN NULL ELSE {'value': z, 'offset_minutes': "
            "CAST(date_diff('minute', z AT TIME ZONE 'UTC', CAST(z AS TIMESTAMP)) AS INTEGER)} END"
        ),
        "tz_at(z, o)": "CASE WHEN z IS NULL THEN NULL ELSE {'value': z, 'offset_minutes': CAST(o AS INTEGER)} END",
        "tz_text(t)": "CAST(sf.tz_local(t) AS VARCHAR) || ' ' || sf.offset_text((t).offset_minutes, 'TZHTZM')",
        "offset_text(o, f)": (
            "CASE f WHEN 'TZM' THEN lpad(CAST(abs(o) % 60 AS VARCHAR), 2, '0') ELSE "
            "CASE WHEN o < 0 THEN '-' ELSE '+' END || lpad(CAST(abs(o) // 60 AS VARCHAR), 2, '0') || "
            "CASE f WHEN 'TZHTZM' THEN lpad(CAST(abs(o) % 60 AS VARCHAR), 2, '0') "
            "WHEN 'TZH:TZM' THEN ':' || lpad(CAST(abs(o) % 60 AS VARCHAR), 2, '0') ELSE '' END END"
        ),
        "ntz_trunc(t, u)": "make_timestamp(epoch_us(t) - (epoch_us(t) % u + u) % u)",
        "ltz_trunc(t, u)": "(make_timestamp(epoch_us(t) - (epoch_us(t) % u + u) % u) AT TIME ZONE 'UTC')",
        "tz_trunc(t, u)": "sf.tz_at(sf.ltz_trunc((t).value, u), (t).offset_minutes)",
        "time_trunc(t, u)": "CAST(make_timestamp(epoch_us(t) - epoch_us(t) % u) AS TIME)",
        "epoch_ntz(x)": "make_timestamp(CAST(round(CAST(x AS DECIMAL(28,9)) * 1000000, 0) AS BIGINT))",
        "iso_like(s)": ("regexp_full_match(s, '\\d{4}-\\d\\d-\\d\\d([ T]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,6})?)?)?')"),
    }
)
for _kind, _type in (("date", "DATE"), ("timestamp_ntz", "TIMESTAMP")):
    for _try in ("", "try_"):
        macro(
            f"{_try}parse_{_kind}(s, f, z)",
            f"CASE WHEN f = 'AUTO' AND sf.iso_like(s) AND TRY_CAST(s AS TIMESTAMP) IS NOT NULL "
            f"THEN CAST(CAST(s AS TIMESTAMP) AS {_type}) ELSE sf_{_try}parse_{_kind}(s, f, z) END",
        )
for _kind in ("time", "timestamp_ltz", "timestamp_tz"):
    for _try in ("", "try_"):
        macro(f"{_try}parse_{_kind}(s, f, z)", f"sf_{_try}parse_{_kind}(s, f, z)")


def ordered_macros() -> list[tuple[str, str]]:
    """The macros, each after those it uses."""
    names = {signature.split("(")[0]: signature for signature in MACROS}
    done: dict[str, str] = {}

    def add(signature: str) -> None:
        if signature in done:
            return
        for other in re.findall(r"sf\.(\w+)\(", MACROS[signature]):
            if other in names and names[other] != signature:
                add(names[other])
        done[signature] = MACROS[signature]

    for signature in MACROS:
        add(signature)
    return list(done.items())
