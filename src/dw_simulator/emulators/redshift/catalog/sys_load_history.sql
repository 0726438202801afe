-- "SYS_LOAD_HISTORY".
CREATE VIEW pg_catalog.sys_load_history AS
SELECT (SELECT CAST(r.oid AS integer) FROM pg_roles r WHERE r.rolname = c.user_name) AS user_id, c.query_id, CAST(CASE WHEN c.aborted THEN 'aborted' ELSE 'completed' END AS varchar) AS status,
       c.pid AS session_id, CAST(0 AS bigint) AS transaction_id, CAST(current_database() AS varchar) AS database_name, CAST(c.schema_name AS varchar) AS schema_name, CAST(c.table_name AS varchar) AS table_name,
       c.start_time, c.end_time, CAST(extract(epoch FROM c.end_time - c.start_time) * 1000000 AS bigint) AS duration, CAST(c.source AS varchar) AS data_source, CAST(c.format AS varchar) AS file_format,
       c.loaded_rows, c.loaded_bytes, (SELECT count(*) FROM dw_journal_copy_file f WHERE f.query_id = c.query_id) AS source_file_count,
       (SELECT coalesce(sum(f.file_bytes), 0) FROM dw_journal_copy_file f WHERE f.query_id = c.query_id) AS source_file_bytes,
       (SELECT count(*) FROM dw_journal_copy_file f WHERE f.query_id = c.query_id) AS file_count_scanned, (SELECT coalesce(sum(f.scanned_bytes), 0) FROM dw_journal_copy_file f WHERE f.query_id = c.query_id) AS file_bytes_scanned,
       c.error_count, CAST(0 AS bigint) AS copy_job_id
FROM dw_journal_copy c;
GRANT SELECT ON pg_catalog.sys_load_history TO PUBLIC;
