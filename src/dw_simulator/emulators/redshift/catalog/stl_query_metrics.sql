-- "STL_QUERY_METRICS": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_query_metrics AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "service_class",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "step_type",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS integer) AS "slices",
    CAST(NULL AS bigint) AS "max_rows",
    CAST(NULL AS bigint) AS "rows",
    CAST(NULL AS bigint) AS "max_cpu_time",
    CAST(NULL AS bigint) AS "cpu_time",
    CAST(NULL AS bigint) AS "max_blocks_read",
    CAST(NULL AS bigint) AS "blocks_read",
    CAST(NULL AS bigint) AS "max_run_time",
    CAST(NULL AS bigint) AS "run_time",
    CAST(NULL AS bigint) AS "max_blocks_to_disk",
    CAST(NULL AS bigint) AS "blocks_to_disk",
    CAST(NULL AS integer) AS "step",
    CAST(NULL AS bigint) AS "max_query_scan_size",
    CAST(NULL AS bigint) AS "query_scan_size",
    CAST(NULL AS bigint) AS "query_priority",
    CAST(NULL AS bigint) AS "query_queue_time",
    CAST(NULL AS char(64)) AS "service_class_name"
WHERE false;
GRANT SELECT ON pg_catalog.stl_query_metrics TO PUBLIC;
