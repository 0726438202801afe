"""Phase "absent": calls that Redshift does not have, first of all of functions that only the backend has.

"Unsupported PostgreSQL functions" names some; the others came to PostgreSQL after the version that Redshift is of. A
query that reads catalog tables or system views may call them: tools that know both servers ask so, and what such a
query answers is about the catalog, not about data. `PG_SLEEP` and `GENERATE_SERIES`, which the leader node runs, stay.
"""

from __future__ import annotations

from sqlglot import exp

from dw_simulator.emulators.redshift.errors import RedshiftError
from dw_simulator.emulators.redshift.translation.context import Context
from dw_simulator.emulators.redshift.translation.nodes import function_name, name_of
from dw_simulator.emulators.redshift.translation.scan import CATALOG_PREFIXES

UNDEFINED_FUNCTION = "42883"

_NAMES = (
    # mathematics
    "acosd acosh asind asinh atan2d atand atanh cosd cosh cotd sind sinh tand tanh div erf erfc factorial gamma lgamma "
    "gcd lcm min_scale scale trim_scale random_normal setseed width_bucket num_nonnulls num_nulls bit_count bit_xor "
    # strings
    "bit_length casefold concat_ws convert_from convert_to format is_normalized parse_ident quote_nullable "
    "regexp_like regexp_match regexp_matches regexp_split_to_array regexp_split_to_table starts_with string_to_table "
    "to_bin to_oct unistr unicode_assigned sha224 sha256 sha384 sha512 crc32c "
    # dates and times
    "clock_timestamp date_bin date_subtract justify_days justify_hours justify_interval make_date make_interval "
    "make_time make_timestamp make_timestamptz statement_timestamp transaction_timestamp "
    # aggregates
    "array_agg string_agg every corr covar_pop covar_samp mode xmlagg range_agg range_intersect_agg regr_avgx "
    "regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy json_agg json_agg_strict "
    "json_object_agg json_object_agg_strict json_object_agg_unique json_object_agg_unique_strict jsonb_agg "
    "jsonb_agg_strict jsonb_object_agg jsonb_object_agg_strict jsonb_object_agg_unique jsonb_object_agg_unique_strict "
    # arrays
    "array_fill array_length array_ndims array_remove array_replace array_reverse array_sample array_shuffle "
    "cardinality generate_subscripts trim_array "
    # JSON
    "array_to_json json_array_elements json_array_elements_text json_build_array json_build_object json_each "
    "json_each_text json_extract_path json_object_keys json_populate_record json_populate_recordset json_strip_nulls "
    "json_to_record json_to_recordset row_to_json to_json to_jsonb jsonb_array_elements jsonb_array_elements_text "
    "jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path "
    "jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_keys jsonb_path_exists jsonb_path_match "
    "jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_populate_record jsonb_populate_recordset "
    "jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof "
    # ranges, enumerations, text search, XML, UUID
    "daterange int4range int8range numrange tsrange tstzrange isempty lower_inc lower_inf upper_inc upper_inf "
    "range_merge multirange enum_first enum_last enum_range array_to_tsvector json_to_tsvector jsonb_to_tsvector "
    "to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery setweight numnode querytree "
    "ts_debug ts_delete ts_filter ts_headline ts_lexize ts_parse ts_rank ts_rank_cd ts_rewrite ts_stat "
    "query_to_xml table_to_xml schema_to_xml database_to_xml cursor_to_xml xmlcomment xmltext xpath xpath_exists "
    "xml_is_well_formed xml_is_well_formed_content xml_is_well_formed_document gen_random_uuid uuidv4 uuidv7 "
    "uuid_extract_timestamp uuid_extract_version "
    # sequences, locks, sizes, the server
    "nextval currval lastval setval pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock "
    "pg_advisory_unlock_all pg_advisory_unlock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared "
    "pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared "
    "pg_column_size pg_database_size pg_indexes_size pg_relation_size pg_size_bytes pg_size_pretty pg_table_size "
    "pg_tablespace_size pg_total_relation_size pg_sleep_for pg_sleep_until pg_typeof current_query"
)
ABSENT = frozenset(_NAMES.split())
"""Names in lower case. A function of the user's may have any of them."""

_LEAST = {
    **dict.fromkeys(
        [
            "avg",
            "first_value",
            "json_array_length",
            "json_extract_array_element_text",
            "json_extract_path_text",
            "lag",
            "last_value",
            "lead",
            "listagg",
            "median",
            "percentile_cont",
            "ratio_to_report",
            "st_collect",
        ],
        1,
    ),
    "nth_value": 2,
}
"""How many arguments a call has at least, of functions that are translated by their arguments."""


def run(tree: exp.Expr, context: Context) -> exp.Expr:
    """Leaves the tree as it is.

    Raises:
        RedshiftError: 42883, it calls a function that Redshift does not have, or without its arguments.
        CatalogNeeded: whether the user has made a function of this name.
    """
    for node in tree.find_all(exp.Anonymous):
        if len(node.expressions) < _LEAST.get(function_name(node), 0):
            raise _undefined(node)
    named = [node for node in tree.find_all(exp.Anonymous) if function_name(node) in ABSENT and not _elsewhere(node)]
    if named and not any(map(_is_catalog, tree.find_all(exp.Table))):
        for node in named:
            if not context.has_function(function_name(node)):
                raise _undefined(node, hint="PostgreSQL has such a function, Amazon Redshift does not.")
    return tree


def _elsewhere(node: exp.Expr) -> bool:
    """Whether it is called with the name of a schema of the user's."""
    parent = node.parent
    return isinstance(parent, exp.Dot) and parent.expression is node and parent.this.name.lower() != "pg_catalog"


def _is_catalog(table: exp.Expr) -> bool:
    if not isinstance(table.this, exp.Identifier):
        return False
    schema = name_of(table.args.get("db"))
    return schema in ("pg_catalog", "information_schema") or (
        not schema and name_of(table.this).startswith(CATALOG_PREFIXES)
    )


def _undefined(node: exp.Expr, hint: str | None = None) -> RedshiftError:
    return RedshiftError(UNDEFINED_FUNCTION, f"function {function_name(node)}() does not exist", hint=hint)
