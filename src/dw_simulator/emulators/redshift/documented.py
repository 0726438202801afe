"""Every function of Redshift's documentation by category, and how the emulator answers it.

The categories are those of "SQL functions reference". The page docs/coverage/redshift-functions.md is made from here.
"""

from __future__ import annotations

from dw_simulator.emulators.redshift.installed import installed
from dw_simulator.emulators.redshift.translation import objects, spatial, windows
from dw_simulator.emulators.redshift.translation.functions import HANDLERS, RENAMED
from dw_simulator.emulators.redshift.translation.refused import REFUSED

_REGISTERED = (objects, spatial, windows)
"""Modules that register handlers of calls."""

_NAMES: dict[str, str] = {
    "Aggregate functions": (
        "any_value avg count listagg max median min percentile_cont percentile_disc stddev stddev_pop "
        "stddev_samp sum var_pop var_samp variance"
    ),
    "Array functions": (
        "array array_concat array_contains array_distinct array_except array_flatten array_intersection "
        "array_position array_positions array_sort array_union get_array_length split_to_array subarray"
    ),
    "Bit-wise aggregate functions": ("bit_and bit_or bool_and bool_or"),
    "Conditional expressions": ("case coalesce decode greatest least nullif nvl nvl2"),
    "Data type formatting functions": (
        "cast convert text_to_int_alt text_to_numeric_alt to_char to_date to_number try_cast"
    ),
    "Date and time functions": (
        "add_months at_time_zone convert_timezone current_date date_cmp date_cmp_timestamp "
        "date_cmp_timestamptz date_part date_part_year date_trunc dateadd datediff extract getdate "
        "interval_cmp last_day months_between next_day sysdate timeofday timestamp_cmp timestamp_cmp_date "
        "timestamp_cmp_timestamptz timestamptz_cmp timestamptz_cmp_date timestamptz_cmp_timestamp timezone "
        "to_timestamp trunc"
    ),
    "Hash functions": ("checksum farmfingerprint64 fnv_hash func_sha1 md5 murmur3_32_hash sha sha1 sha2"),
    "HyperLogLog functions": ("hll hll_cardinality hll_combine hll_combine_sketches hll_create_sketch"),
    "JSON functions": (
        "can_json_parse is_valid_json is_valid_json_array json_array_length json_extract_array_element_text "
        "json_extract_path_text json_parse json_serialize json_serialize_to_varbyte"
    ),
    "Leader node functions": (
        "age current_time current_timestamp get_byte isfinite localtime now set_bit set_byte to_ascii"
    ),
    "Machine learning functions": ("explain_model"),
    "Math functions": (
        "abs acos asin atan atan2 cbrt ceil ceiling cos cot degrees dexp dlog1 dlog10 exp floor ln log mod pi "
        "pow power radians random round sign sin sqrt tan trunc"
    ),
    "Object functions": ("lower_attribute_names object object_transform upper_attribute_names"),
    "SUPER type information functions": (
        "decimal_precision decimal_scale is_array is_bigint is_boolean is_char is_decimal is_float is_integer "
        "is_object is_scalar is_smallint is_varchar json_size json_typeof size"
    ),
    "Spatial functions": (
        "addbbox dropbbox geometrytype h3_boundary h3_center h3_fromlonglat h3_frompoint h3_polyfill "
        "st_addpoint st_angle st_area st_asbinary st_asewkb st_asewkt "
        "st_asgeojson st_ashexewkb st_ashexwkb st_astext st_azimuth st_boundary st_buffer st_centroid "
        "st_collect st_contains st_containsproperly st_convexhull st_coveredby st_covers st_crosses "
        "st_dimension st_disjoint st_distance st_distancesphere st_dwithin st_endpoint st_envelope st_equals "
        "st_exteriorring st_force2d st_force3d st_force3dm st_force3dz st_force4d st_geogfromtext "
        "st_geogfromwkb st_geohash st_geometryn st_geometrytype st_geomfromewkb st_geomfromewkt "
        "st_geomfromgeohash st_geomfromgeojson st_geomfromtext st_geomfromwkb st_interiorringn "
        "st_intersection st_intersects st_isclosed st_iscollection st_isempty st_ispolygonccw st_ispolygoncw "
        "st_isring st_issimple st_isvalid st_length st_length2d st_lengthsphere st_linefrommultipoint "
        "st_lineinterpolatepoint st_m st_makeenvelope st_makeline st_makepoint st_makepolygon st_memsize "
        "st_mmax st_mmin st_multi st_ndims st_npoints st_nrings st_numgeometries st_numinteriorrings "
        "st_numpoints st_perimeter st_perimeter2d st_point st_pointn st_points st_polygon st_removepoint "
        "st_reverse st_setpoint st_setsrid st_simplify st_srid st_startpoint st_touches st_transform st_union "
        "st_within st_x st_xmax st_xmin st_y st_ymax st_ymin st_z st_zmax st_zmin supportsbbox"
    ),
    "String functions": (
        "ascii bpcharcmp btrim bttext_pattern_cmp char_length character_length charindex chr collate concat "
        "crc32 difference initcap left len length lower lpad ltrim octet_length octetindex position "
        "quote_ident quote_literal regexp_count regexp_instr regexp_replace regexp_substr repeat replace "
        "replicate reverse right rpad rtrim soundex split_part strpos strtol substr substring textlen "
        "translate trim upper"
    ),
    "System administration functions": (
        "change_query_priority change_session_priority change_user_priority current_setting pg_cancel_backend "
        "pg_terminate_backend reboot_cluster set_config"
    ),
    "System information functions": (
        "current_aws_account current_database current_namespace current_schema current_schemas current_user "
        "current_user_id default_iam_role has_assumerole_privilege has_database_privilege "
        "has_schema_privilege has_table_privilege last_user_query_id pg_backend_pid pg_get_cols "
        "pg_get_grantee_by_iam_role pg_get_iam_role_by_user pg_get_late_binding_view_cols pg_last_copy_count "
        "pg_last_copy_id pg_last_query_id pg_last_unload_count pg_last_unload_id role_is_member_of slice_num "
        "user user_is_member_of version"
    ),
    "VARBYTE functions and operators": ("from_hex from_varbyte getbit to_hex to_varbyte"),
    "Window functions": (
        "avg count cume_dist dense_rank first_value lag last_value lead listagg max median min nth_value "
        "ntile percent_rank percentile_cont percentile_disc rank ratio_to_report row_number stddev_pop "
        "stddev_samp sum var_pop var_samp"
    ),
}
DOCUMENTED: dict[str, tuple[str, ...]] = {category: tuple(names.split()) for category, names in _NAMES.items()}
"""Category to its functions in lower case. Syntax of several words is joined by _."""

SYNTAX = frozenset(
    (
        *("case", "cast", "try_cast", "convert", "coalesce", "nullif", "greatest", "least"),
        *("at_time_zone", "extract", "position", "trim", "substring", "user", "current_user", "current_date"),
        *("current_time", "current_timestamp", "localtime", "current_schema", "ratio_to_report"),
    )
)
"""What the parser reads; some of it is rewritten."""


def status(name: str) -> str:
    """How a documented function is answered, in words for the coverage page."""
    if name in REFUSED:
        return f"refused: {REFUSED[name]}"
    if name in HANDLERS or name in RENAMED:
        return "translated"
    if name in SYNTAX:
        return "syntax"
    return "installed" if name in installed() else "in the database"
