-- "SYS_SPATIAL_SIMPLIFY": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_spatial_simplify AS SELECT
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS integer) AS "line_number",
    CAST(NULL AS double precision) AS "maximum_tolerance",
    CAST(NULL AS integer) AS "initial_size",
    CAST(NULL AS char(1)) AS "is_simplified",
    CAST(NULL AS integer) AS "final_size",
    CAST(NULL AS double precision) AS "final_tolerance"
WHERE false;
GRANT SELECT ON pg_catalog.sys_spatial_simplify TO PUBLIC;
