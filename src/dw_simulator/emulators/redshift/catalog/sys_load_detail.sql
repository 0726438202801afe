-- "SYS_LOAD_DETAIL".
CREATE VIEW pg_catalog.sys_load_detail AS
SELECT (SELECT CAST(r.oid AS integer) FROM pg_roles r WHERE r.rolname = c.user_name) AS user_id, f.query_id, CAST(f.file_name AS char(256)) AS file_name, f.file_bytes AS bytes_scanned,
       f.scanned_rows AS lines_scanned, 0 AS splits_scanned, f.end_time AS record_time, 0 AS error_count, CAST(f.file_format AS char(16)) AS file_format
FROM dw_journal_copy_file f JOIN dw_journal_copy c USING (query_id);
GRANT SELECT ON pg_catalog.sys_load_detail TO PUBLIC;
