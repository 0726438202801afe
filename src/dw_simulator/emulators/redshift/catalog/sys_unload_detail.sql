-- "SYS_UNLOAD_DETAIL".
CREATE VIEW pg_catalog.sys_unload_detail AS
SELECT (SELECT CAST(r.oid AS integer) FROM pg_roles r WHERE r.rolname = u.user_name) AS user_id, u.query_id, u.pid AS session_id, CAST(0 AS bigint) AS transaction_id, u.start_time, u.end_time,
       CAST(u.path AS varchar) AS file_name, u.row_count, u.file_bytes AS transfer_size, CAST(u.format AS varchar) AS file_format
FROM dw_journal_unload u;
GRANT SELECT ON pg_catalog.sys_unload_detail TO PUBLIC;
