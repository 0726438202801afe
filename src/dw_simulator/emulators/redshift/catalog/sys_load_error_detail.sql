-- "SYS_LOAD_ERROR_DETAIL".
CREATE VIEW pg_catalog.sys_load_error_detail AS
SELECT (SELECT CAST(r.oid AS integer) FROM pg_roles r WHERE r.rolname = e.user_name) AS user_id, e.query_id, CAST(0 AS bigint) AS transaction_id, e.pid AS session_id,
       CAST(current_database() AS char(64)) AS database_name, CAST(e.table_oid AS integer) AS table_id, e.start_time, CAST(e.file_name AS char(256)) AS file_name, e.line_number, CAST(e.column_name AS char(127)) AS column_name,
       CAST(e.column_type AS char(10)) AS column_type, CAST(e.column_length AS char(10)) AS column_length, e.position, e.error_code, CAST(e.error_reason AS char(512)) AS error_message
FROM dw_journal_load_error e;
GRANT SELECT ON pg_catalog.sys_load_error_detail TO PUBLIC;
