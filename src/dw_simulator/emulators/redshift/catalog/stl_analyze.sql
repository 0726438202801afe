-- "STL_ANALYZE": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_analyze AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS char(30)) AS "database",
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS char(15)) AS "status",
    CAST(NULL AS double precision) AS "rows",
    CAST(NULL AS double precision) AS "modified_rows",
    CAST(NULL AS integer) AS "threshold_percent",
    CAST(NULL AS char(1)) AS "is_auto",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS timestamp) AS "prevtime",
    CAST(NULL AS integer) AS "num_predicate_cols",
    CAST(NULL AS integer) AS "num_new_predicate_cols",
    CAST(NULL AS char(1)) AS "is_background",
    CAST(NULL AS char(100)) AS "auto_analyze_phase"
WHERE false;
GRANT SELECT ON pg_catalog.stl_analyze TO PUBLIC;
