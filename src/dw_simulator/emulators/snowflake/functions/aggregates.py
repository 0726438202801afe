# ruff: noqa: E501 - tables and SQL templates, one row an entry
"""Aggregate functions, plain and over windows. Vendor page: "Aggregate functions"."""

from __future__ import annotations

from dataclasses import replace

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import MANY, FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import macros
from dw_simulator.emulators.snowflake.translation import interval_values
from dw_simulator.emulators.snowflake.translation import nodes as n
from dw_simulator.emulators.snowflake.translation.text import literal
from dw_simulator.emulators.snowflake.translation.typing import NULL_TYPE, Typed, arithmetic
from dw_simulator.emulators.snowflake.translation.variants import UNDEFINED
from dw_simulator.emulators.snowflake.types import interval
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Aggregate"
macros(
    {
        "list_array(l)": f"CASE WHEN l IS NULL THEN NULL ELSE '[' || coalesce(array_to_string(list_transform(l, "
        f"lambda x: coalesce(CAST(to_json(x) AS VARCHAR), '{UNDEFINED}')), ','), '') || ']' END",
        "variant_list(l)": "CASE WHEN l IS NULL THEN '[]' ELSE '[' || coalesce(array_to_string(l, ','), '') || ']' END",
    }
)


_PARTITIONS_ONLY = frozenset({"LISTAGG", "STRING_AGG", "MEDIAN", "MODE", "PERCENTILE_CONT", "PERCENTILE_DISC"})
"""Functions whose pages say that OVER takes neither ORDER BY nor a window frame."""


def over(call: FunctionCall) -> str:
    """The OVER clause of a call, empty for a plain aggregate.

    Raises:
        SnowflakeError: 002303, the function takes no window frame, or none together with DISTINCT.
    """
    window = call.node.window
    if window is None:
        return f" OVER {call.binder.match_over}" if call.binder.match_over is not None else ""
    if window.order or window.frame is not None:
        if call.name in _PARTITIONS_ONLY:
            raise errors.FRAME_UNSUPPORTED("Sliding" if window.frame is not None else "Cumulative", call.name)
        if call.node.distinct:
            raise errors.WINDOW_DISTINCT()
    return f" OVER {call.binder.window_sql(window)}"


def distinct(call: FunctionCall) -> str:
    return "DISTINCT " if call.node.distinct else ""


@function("COUNT", CATEGORY, 0, MANY, kind="aggregate")
def count(call: FunctionCall) -> Typed:
    args = call.node.args
    kind = m.number(18, 0, nullable=False)
    if not args or isinstance(args[0], n.Star):
        star = args[0] if args else n.Star()
        assert isinstance(star, n.Star)
        if not star.qualifier:
            return Typed(f"count(*){over(call)}", kind)
        columns = call.binder.star_columns(star)
        tests = " AND ".join(f"{column.sql} IS NOT NULL" for column in columns)
        return Typed(f"count(CASE WHEN {tests} THEN 1 END){over(call)}", kind)
    values = call.args()
    keys = [call.binder.key(value) for value in values]
    if len(keys) == 1:
        # a JSON null counts as little as an SQL NULL
        test = f"CASE WHEN {values[0].sql} <> 'null' THEN {keys[0]} END" if values[0].kind == "VARIANT" else keys[0]
        return Typed(f"count({distinct(call)}{test}){over(call)}", kind)
    tests = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    return Typed(f"count({distinct(call)}CASE WHEN {tests} THEN ({', '.join(keys)}) END){over(call)}", kind)


@function("COUNT_IF", CATEGORY, 1, kind="aggregate")
def count_if(call: FunctionCall) -> Typed:
    return Typed(f"count(CASE WHEN {call.sql(0, 'b')} THEN 1 END){over(call)}", m.number(18, 0, nullable=False))


def _number(call: FunctionCall) -> Typed:
    """The argument as a number, or an interval. Vendor pages: "SUM", "AVG", "STDDEV", "VAR_SAMP": text is cast to floating point.

    Raises SnowflakeError 001044: it is of another kind."""
    value = call.arg(0)
    if interval_values.is_interval(value):
        return value
    if value.kind not in ("FIXED", "REAL", "DECFLOAT", "TEXT", "BOOLEAN", "VARIANT", "NULL"):
        raise call.wrong_types()
    return call.binder.coerce(value, m.real()) if value.kind == "TEXT" else call.binder.numeric(value, decfloat=True)


def _of_intervals(call: FunctionCall, value: Typed) -> Typed:
    """SUM, AVG and MEDIAN of intervals: of the same fields, with all digits."""
    kind = replace(value.type, precision=interval.MOST_DIGITS, nullable=True)
    window, whole = over(call), f"CAST({value.sql} AS HUGEINT)"
    if call.name == "MEDIAN":
        values = f"list({distinct(call)}CAST({value.sql} AS VARCHAR)){window}"
        sql = f"CAST(sf_interval_median({values}) AS HUGEINT)"
    else:
        sql = f"CAST(sum({distinct(call)}{whole}){window} AS HUGEINT)"
    if call.name == "AVG":
        sql = f"({sql} // nullif(count({distinct(call)}{value.sql}){window}, 0))"
    return Typed(interval_values.fitted(interval_values.cut(sql, interval.unit(kind)), kind, True, "sum"), kind)


def _of_decfloats(call: FunctionCall, value: Typed) -> Typed:
    """SUM, AVG and MEDIAN of DECFLOATs, of all values at once."""
    sql = f"list({distinct(call)}{value.sql}){over(call)}"
    return Typed(f"sf_decfloat_{call.name.lower()}({sql})", m.decfloat())


@function("SUM", CATEGORY, 1, kind="aggregate")
def sum_(call: FunctionCall) -> Typed:
    value = _number(call)
    if interval_values.is_interval(value):
        return _of_intervals(call, value)
    if value.kind == "DECFLOAT":
        return _of_decfloats(call, value)
    kind = m.real() if value.kind == "REAL" else m.number(38, value.type.scale or 0)
    return Typed(f"sum({distinct(call)}{value.sql}){over(call)}", kind)


@function("AVG", CATEGORY, 1, kind="aggregate")
def avg(call: FunctionCall) -> Typed:
    """Vendor pages: "AVG" and "Analyzing data with window functions": over all rows of a window and over a sliding
    frame the average has three more digits than its argument, and those after them are cut off; it is a division
    elsewhere, also over a cumulative frame."""
    value = _number(call)
    if interval_values.is_interval(value):
        return _of_intervals(call, value)
    if value.kind == "DECFLOAT":
        return _of_decfloats(call, value)
    window = over(call)
    if value.kind == "REAL":
        return Typed(f"avg({distinct(call)}{value.sql}){window}", m.real())
    scale = value.type.scale or 0
    is_cut = call.node.window is not None and not call.binder.is_cumulative(call.node.window)
    if is_cut:
        result = m.number(38, min(37, scale + 3))
    else:
        result = m.number(38, arithmetic("/", m.number(38 - 6, scale), m.number(18, 0)).scale or 0)
    total = Typed(f"sum({distinct(call)}{value.sql}){window}", m.number(38, scale))
    rows = Typed(f"count({distinct(call)}{value.sql}){window}", m.number(18, 0))
    if is_cut:
        return Typed(call.binder.divide_down(total, rows, result), result)
    return Typed(call.binder.divide(total, rows, result, null_for_zero=True), result)


@function("MIN MAX ANY_VALUE MODE", CATEGORY, 1, kind="aggregate")
def extreme(call: FunctionCall) -> Typed:
    value = call.arg(0)
    if value.type is NULL_TYPE:
        value = call.binder.coerce(value, m.text())
    name = call.name.lower()
    if value.kind == "VARIANT" and name in ("min", "max"):
        key = call.binder.key(value)
        return Typed(f"arg_{name}({value.sql}, {key}){over(call)}", value.type)
    return Typed(f"{name}({distinct(call)}{value.sql}){over(call)}", value.type.with_nullable(True))


@function("MEDIAN", CATEGORY, 1, kind="aggregate")
def median(call: FunctionCall) -> Typed:
    value = call.arg(0)
    if interval_values.is_interval(value):
        return _of_intervals(call, value)
    value = call.binder.numeric(value, decfloat=True)
    if value.kind == "DECFLOAT":
        return _of_decfloats(call, value)
    if value.kind == "REAL":
        return Typed(f"median({value.sql}){over(call)}", m.real())
    scale = min(38, max(3, (value.type.scale or 0) + 3))
    precision = min(38, (value.type.precision or 38) + 3)
    sql = f"CAST(median(CAST({value.sql} AS DECIMAL({min(38, max(precision, scale + 1) + 3)},{scale}))){over(call)} AS DECIMAL(38,{scale}))"
    return Typed(sql, m.number(38, scale))


_STATISTICS = {
    "STDDEV": "stddev_samp", "STDDEV_SAMP": "stddev_samp", "STDDEV_POP": "stddev_pop", "VARIANCE": "var_samp",
    "VAR_SAMP": "var_samp", "VARIANCE_SAMP": "var_samp", "VAR_POP": "var_pop", "VARIANCE_POP": "var_pop",
    "SKEW": "skewness", "KURTOSIS": "kurtosis",
}  # fmt: skip


@function(" ".join(_STATISTICS), CATEGORY, 1, kind="aggregate")
def statistic(call: FunctionCall) -> Typed:
    """Vendor pages: "VAR_SAMP", "STDDEV": the variance of fixed-point numbers is the quotient of sums of squares, and
    has its digits; the standard deviation is the square root of that."""
    value = call.binder.numeric(_number(call))
    function = _STATISTICS[call.name].replace("stddev", "var")
    sql = f"{function}({distinct(call)}CAST({value.sql} AS DOUBLE)){over(call)}"
    is_root = call.name.startswith("STD")
    if value.kind == "REAL" or call.name == "SKEW":
        return Typed(f"sqrt({sql})" if is_root else sql, m.real())
    squares = 2 * (value.type.scale or 0)
    scale = 12 if call.name == "KURTOSIS" else min(37, max(squares, min(squares + 6, 12)))
    exact = f"CAST({sql} AS DECIMAL(38,{scale}))"
    return Typed(f"sqrt(CAST({exact} AS DOUBLE))", m.real()) if is_root else Typed(exact, m.number(38, scale))


_PAIRS = {
    "CORR": "corr", "COVAR_POP": "covar_pop", "COVAR_SAMP": "covar_samp", "REGR_AVGX": "regr_avgx",
    "REGR_AVGY": "regr_avgy", "REGR_INTERCEPT": "regr_intercept", "REGR_R2": "regr_r2", "REGR_SLOPE": "regr_slope",
    "REGR_SXX": "regr_sxx", "REGR_SXY": "regr_sxy", "REGR_SYY": "regr_syy",
}  # fmt: skip


@function(" ".join(_PAIRS), CATEGORY, 2, kind="aggregate")
def pair_statistic(call: FunctionCall) -> Typed:
    """NULL where a variance is 0: DuckDB gives NaN."""
    sql = f"{_PAIRS[call.name]}({call.sql(0, 'f')}, {call.sql(1, 'f')}){over(call)}"
    return Typed(f"nullif({sql}, 'nan'::DOUBLE)", m.real())


@function("REGR_VALX REGR_VALY", CATEGORY, 2)
def regr_value(call: FunctionCall) -> Typed:
    y, x = call.sql(0, "f"), call.sql(1, "f")
    wanted, other = (x, y) if call.name == "REGR_VALX" else (y, x)
    return Typed(f"CASE WHEN {other} IS NOT NULL THEN {wanted} END", m.real())


@function("REGR_COUNT", CATEGORY, 2, kind="aggregate")
def regr_count(call: FunctionCall) -> Typed:
    return Typed(f"regr_count({call.sql(0, 'f')}, {call.sql(1, 'f')}){over(call)}", m.number(18, 0))


def _separator(call: FunctionCall) -> str:
    """The separator of LISTAGG, a constant expression. Raises SnowflakeError 001015: it is none."""
    if call.count < 2:
        return "''"
    value = call.as_(1, m.text())
    if value.is_const:
        return value.sql
    evaluate = call.binder.env.evaluate
    varies = any(isinstance(part, n.Name | n.Positional | n.ScalarQuery) for part in n.walk(call.node.args[1]))
    if evaluate is None or varies:
        raise call.not_constant(1)
    return literal(str(evaluate(f"SELECT {value.sql}")[0][0] or ""))


@function("LISTAGG STRING_AGG", CATEGORY, 1, 2, kind="aggregate")
def listagg(call: FunctionCall) -> Typed:
    value = call.as_(0, m.text())
    separator = _separator(call)
    order = call.binder.order_sql(call.node.order)
    sql = f"string_agg({distinct(call)}{value.sql}, {separator}{' ' + order if order else ''}){over(call)}"
    return Typed(f"coalesce({sql}, '')", m.text(nullable=False))


@function("ARRAY_AGG ARRAYAGG", CATEGORY, 1, kind="aggregate")
def array_agg(call: FunctionCall) -> Typed:
    value = call.arg(0)
    text = call.binder.variant_sql(value)
    order = call.binder.order_sql(call.node.order)
    if call.node.distinct and order:
        order = order.replace(value.sql, text)
    keep = "" if call.node.window is not None else f" FILTER (WHERE {value.sql} IS NOT NULL)"
    if call.node.window is not None:
        keep = f" FILTER (WHERE {value.sql} IS NOT NULL)"
    sql = f"list({distinct(call)}{text}{' ' + order if order else ''}){keep}{over(call)}"
    return Typed(f"sf.variant_list({sql})", m.array())


@function("ARRAY_UNIQUE_AGG", CATEGORY, 1, kind="aggregate")
def array_unique_agg(call: FunctionCall) -> Typed:
    value = call.arg(0)
    text = call.binder.variant_sql(value)
    sql = f"list(DISTINCT {text}) FILTER (WHERE {value.sql} IS NOT NULL){over(call)}"
    return Typed(f"sf.variant_list({sql})", m.array())


@function("ARRAY_UNION_AGG", CATEGORY, 1, kind="aggregate")
def array_union_agg(call: FunctionCall) -> Typed:
    """Of structured arrays one of their type."""
    array = call.arg(0)
    kind = array.type.with_nullable(True) if array.kind == "ARRAY" else m.array()
    return Typed(f"sf_array_union(list({call.sql(0, 'a')}){over(call)})", kind)


@function("OBJECT_AGG OBJECTAGG", CATEGORY, 2, kind="aggregate")
def object_agg(call: FunctionCall) -> Typed:
    key, value = call.as_(0, m.text()).sql, call.arg(1)
    text = call.binder.variant_sql(value)
    test = f" FILTER (WHERE {key} IS NOT NULL AND {value.sql} IS NOT NULL){over(call)}"
    sql = f"sf_object(coalesce(list({key}){test}, []::VARCHAR[]), coalesce(list({text}){test}, []::VARCHAR[]), false)"
    return Typed(sql, m.object_())


@function("BOOLAND_AGG BOOLOR_AGG BOOLXOR_AGG", CATEGORY, 1, kind="aggregate")
def bool_agg(call: FunctionCall) -> Typed:
    value = call.arg(0)
    if value.kind == "TEXT" and not value.is_const:
        raise call.wrong_types()
    test = call.binder.coerce(value, m.boolean()).sql
    if call.name == "BOOLXOR_AGG":
        ones = f"count(CASE WHEN {test} THEN 1 END){over(call)}"
        return Typed(f"CASE WHEN count({test}){over(call)} > 0 THEN {ones} = 1 END", m.boolean())
    return Typed(f"bool_{'and' if call.name == 'BOOLAND_AGG' else 'or'}({test}){over(call)}", m.boolean())


@function(
    "BITAND_AGG BITANDAGG BIT_AND_AGG BIT_ANDAGG BITOR_AGG BITORAGG BIT_OR_AGG BIT_ORAGG BITXOR_AGG BITXORAGG BIT_XOR_AGG "
    "BIT_XORAGG",
    CATEGORY,
    1,
    kind="aggregate",
)
def bit_agg(call: FunctionCall) -> Typed:
    name = "bit_and" if "AND" in call.name else "bit_xor" if "XOR" in call.name else "bit_or"
    value = call.as_(0, m.number(18, 0)).sql
    return Typed(f"{name}(CAST({value} AS BIGINT)){over(call)}", m.number(38, 0))


MOST_VALUES = 1000
"""How many values MIN_BY and MAX_BY give at most."""


@function("MIN_BY MAX_BY", CATEGORY, 2, kind="aggregate")
def min_by(call: FunctionCall) -> Typed:
    value, key = call.arg(0), call.binder.key(call.arg(1))
    name = "arg_min_null" if call.name == "MIN_BY" else "arg_max_null"
    return Typed(f"{name}({value.sql}, {key}){over(call)}", value.type.with_nullable(True))


@function("MIN_BY MAX_BY", CATEGORY, 3, kind="aggregate")
def min_by_many(call: FunctionCall) -> Typed:
    value, key = call.arg(0), call.binder.key(call.arg(1))
    text = call.binder.variant_sql(value)
    order = f"{key} {'ASC' if call.name == 'MIN_BY' else 'DESC'}"
    count = call.constant(2)
    if not isinstance(count, int) or not 1 <= count <= MOST_VALUES:
        raise errors.INVALID_PARAMETER_VALUE(count, call.name)
    sql = f"(list({text} ORDER BY {order}) FILTER (WHERE {key} IS NOT NULL))[1:{count}]"
    return Typed(f"sf.variant_list({sql})", m.array())


@function("APPROX_COUNT_DISTINCT HLL", CATEGORY, 1, MANY, kind="aggregate")
def approx_count_distinct(call: FunctionCall) -> Typed:
    """Counted exactly: within the error that the approximate function allows."""
    if call.count == 1 and isinstance(call.node.args[0], n.Star):
        columns = call.binder.star_columns(call.node.args[0])
        keys = [column.sql for column in columns]
    else:
        keys = [call.binder.key(value) for value in call.args()]
    value = keys[0] if len(keys) == 1 else f"({', '.join(keys)})"
    return Typed(f"count(DISTINCT {value}){over(call)}", m.number(18, 0, nullable=False))


@function("APPROX_PERCENTILE", CATEGORY, 2, kind="aggregate")
def approx_percentile(call: FunctionCall) -> Typed:
    return Typed(f"quantile_cont({call.sql(0, 'f')}, {_fraction(call, 1)}){over(call)}", m.real())


def _fraction(call: FunctionCall, index: int) -> float:
    """A constant from 0 to 1. Raises SnowflakeError 001008: it is none."""
    value = call.constant(index)
    if value is None or isinstance(value, str) or not 0 <= float(value) <= 1:
        raise errors.INVALID_PARAMETER_VALUE(value, call.name)
    return float(value)


@function("PERCENTILE_CONT PERCENTILE_DISC", CATEGORY, 1, kind="aggregate")
def percentile(call: FunctionCall) -> Typed:
    if len(call.node.order) != 1:
        raise errors.INVALID_FUNCTION_TYPE(call.name, "aggregate without WITHIN GROUP")
    item = call.node.order[0]
    value = call.binder.expression(item.expr)
    fraction = _fraction(call, 0)
    if call.name == "PERCENTILE_DISC":
        descending = " DESC" if item.descending else ""
        sql = f"quantile_disc({value.sql}, {fraction}{' ORDER BY ' + value.sql + descending if descending else ''}){over(call)}"
        return Typed(sql, value.type.with_nullable(True))
    if item.descending:
        fraction = 1 - fraction
    if interval_values.is_interval(value):
        kind = value.type.with_nullable(True)
        percentile_ = f"sf_interval_percentile(list(CAST({value.sql} AS VARCHAR)){over(call)}, {float(fraction)!r})"
        return Typed(interval_values.cut(f"CAST({percentile_} AS HUGEINT)", interval.unit(kind)), kind)
    if value.kind == "REAL":
        return Typed(f"quantile_cont({value.sql}, {fraction}){over(call)}", m.real())
    value = call.binder.numeric(value)
    scale = max(3, value.type.scale or 0)
    return Typed(
        f"CAST(quantile_cont(CAST({value.sql} AS DOUBLE), {fraction}){over(call)} AS DECIMAL(38,{scale}))",
        m.number(38, scale),
    )


@function("GROUPING GROUPING_ID", CATEGORY, 1, MANY, kind="aggregate")
def grouping(call: FunctionCall) -> Typed:
    return Typed(f"CAST(grouping({', '.join(value.sql for value in call.args())}) AS BIGINT)", m.number(18, 0))


@function("HASH_AGG", CATEGORY, 1, MANY, kind="aggregate")
def hash_agg(call: FunctionCall) -> Typed:
    if isinstance(call.node.args[0], n.Star):
        keys = ", ".join(column.sql for column in call.binder.star_columns(call.node.args[0]))
    else:
        keys = ", ".join(value.sql for value in call.args())
    return Typed(f"CAST(bit_xor(hash({keys}) >> 1){over(call)} AS BIGINT)", m.number(19, 0))
