-- "SYS_QUERY_HISTORY".
CREATE VIEW pg_catalog.sys_query_history AS
SELECT user_id, query_id, CAST(coalesce(label, 'default') AS char(320)) AS query_label, transaction_id, pid AS session_id, CAST(current_database() AS char(128)) AS database_name,
       CAST(query_type AS char(32)) AS query_type,
       CAST(CASE WHEN end_time IS NULL THEN 'running' WHEN sqlstate IS NULL THEN 'success' WHEN sqlstate = '57014' THEN 'canceled' ELSE 'failed' END AS char(10)) AS status,
       source_query IS NOT NULL AS result_cache_hit, start_time, end_time, CAST(extract(epoch FROM took) * 1000000 AS bigint) AS elapsed_time, CAST(0 AS bigint) AS queue_time,
       CAST(extract(epoch FROM took) * 1000000 AS bigint) AS execution_time, CAST(coalesce(error_message, '') AS char(512)) AS error_message,
       CASE query_type WHEN 'SELECT' THEN row_count ELSE 0 END AS returned_rows, CAST(NULL AS bigint) AS returned_bytes, CAST(query_text AS char(4000)) AS query_text,
       CAST('1.0.77777' AS char(256)) AS redshift_version, CAST(NULL AS char(150)) AS usage_limit, CAST('primary' AS varchar(32)) AS compute_type,
       CAST(0 AS bigint) AS compile_time, CAST(0 AS bigint) AS planning_time, CAST(0 AS bigint) AS lock_wait_time, 100 AS service_class_id,
       CAST('Default queue' AS char(64)) AS service_class_name, CAST('NORMAL' AS varchar(20)) AS query_priority, CAST('false' AS varchar(10)) AS short_query_accelerated,
       CAST(md5(query_text) AS char(40)) AS user_query_hash, CAST(md5(regexp_replace(query_text, $$'([^']|'')*'|\m[0-9]+(\.[0-9]+)?\M$$, '?', 'g')) AS char(40)) AS generic_query_hash,
       1 AS query_hash_version, source_query AS result_cache_query_id
FROM (SELECT *, coalesce(end_time, CAST(clock_timestamp() AT TIME ZONE 'UTC' AS timestamp)) - start_time AS took,
             (SELECT r.source_query FROM dw_journal_reuse r WHERE r.query_id = d.query_id) AS source_query FROM dw_queries d) q;
GRANT SELECT ON pg_catalog.sys_query_history TO PUBLIC;
