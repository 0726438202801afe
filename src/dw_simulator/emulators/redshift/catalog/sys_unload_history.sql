-- "SYS_UNLOAD_HISTORY".
CREATE VIEW pg_catalog.sys_unload_history AS
SELECT (SELECT CAST(r.oid AS integer) FROM pg_roles r WHERE r.rolname = min(u.user_name)) AS user_id, u.query_id, CAST('completed' AS varchar) AS status, min(u.pid) AS session_id, CAST(0 AS bigint) AS transaction_id,
       CAST(current_database() AS varchar) AS database_name, min(u.start_time) AS start_time, max(u.end_time) AS end_time, CAST(extract(epoch FROM max(u.end_time) - min(u.start_time)) * 1000000 AS bigint) AS duration,
       CAST(min(u.format) AS varchar) AS file_format, CAST(NULL AS varchar) AS compression_type, sum(u.row_count) AS unloaded_rows, count(*) AS unloaded_files_count, sum(u.file_bytes) AS unloaded_files_size, CAST(NULL AS varchar) AS error_message
FROM dw_journal_unload u GROUP BY u.query_id;
GRANT SELECT ON pg_catalog.sys_unload_history TO PUBLIC;
