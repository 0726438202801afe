-- "SVL_QUERY_METRICS_SUMMARY": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_query_metrics_summary AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "service_class",
    CAST(NULL AS bigint) AS "query_cpu_time",
    CAST(NULL AS bigint) AS "query_blocks_read",
    CAST(NULL AS bigint) AS "query_execution_time",
    CAST(NULL AS numeric) AS "query_cpu_usage_percent",
    CAST(NULL AS bigint) AS "query_temp_blocks_to_disk",
    CAST(NULL AS bigint) AS "segment_execution_time",
    CAST(NULL AS numeric) AS "cpu_skew",
    CAST(NULL AS numeric) AS "io_skew",
    CAST(NULL AS bigint) AS "scan_row_count",
    CAST(NULL AS bigint) AS "join_row_count",
    CAST(NULL AS bigint) AS "nested_loop_join_row_count",
    CAST(NULL AS bigint) AS "return_row_count",
    CAST(NULL AS bigint) AS "spectrum_scan_row_count",
    CAST(NULL AS bigint) AS "spectrum_scan_size_mb",
    CAST(NULL AS bigint) AS "query_queue_time",
    CAST(NULL AS char(64)) AS "service_class_name"
WHERE false;
GRANT SELECT ON pg_catalog.svl_query_metrics_summary TO PUBLIC;
