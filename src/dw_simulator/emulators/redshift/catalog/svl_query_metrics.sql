-- "SVL_QUERY_METRICS": of what a query uses, its time and the rows that it returns are known.
CREATE VIEW pg_catalog.svl_query_metrics AS
SELECT user_id AS "userid", CAST(query_id AS integer) AS "query", 100 AS "service_class",
       CAST('query' AS varchar(24)) AS "dimension", CAST(NULL AS integer) AS "segment", CAST(NULL AS integer) AS "step",
       CAST(NULL AS varchar(30)) AS "step_label", CAST(NULL AS bigint) AS "query_cpu_time", CAST(NULL AS bigint) AS "query_blocks_read",
       CAST(extract(epoch FROM end_time - start_time) AS bigint) AS "query_execution_time", CAST(NULL AS numeric) AS "query_cpu_usage_percent", CAST(NULL AS bigint) AS "query_temp_blocks_to_disk",
       CAST(NULL AS bigint) AS "segment_execution_time", CAST(NULL AS numeric) AS "cpu_skew", CAST(NULL AS numeric) AS "io_skew",
       CAST(NULL AS bigint) AS "scan_row_count", CAST(NULL AS bigint) AS "join_row_count", CAST(NULL AS bigint) AS "nested_loop_join_row_count",
       CASE query_type WHEN 'SELECT' THEN row_count ELSE 0 END AS "return_row_count", CAST(NULL AS bigint) AS "spectrum_scan_row_count", CAST(NULL AS bigint) AS "spectrum_scan_size_mb",
       CAST(0 AS bigint) AS "query_queue_time", CAST('Default queue' AS char(64)) AS "service_class_name"
FROM dw_queries WHERE family = 'query' AND end_time IS NOT NULL;
GRANT SELECT ON pg_catalog.svl_query_metrics TO PUBLIC;
