-- "SVL_SPATIAL_SIMPLIFY": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_spatial_simplify AS SELECT
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "line_number",
    CAST(NULL AS double precision) AS "maximum_tolerance",
    CAST(NULL AS integer) AS "initial_size",
    CAST(NULL AS char(1)) AS "simplified",
    CAST(NULL AS integer) AS "final_size",
    CAST(NULL AS double precision) AS "final_tolerance"
WHERE false;
GRANT SELECT ON pg_catalog.svl_spatial_simplify TO PUBLIC;
