-- "STL_LOAD_ERRORS".
CREATE VIEW pg_catalog.stl_load_errors AS
SELECT (SELECT CAST(r.oid AS integer) FROM pg_roles r WHERE r.rolname = e.user_name) AS userid, 0 AS slice, CAST(e.table_oid AS integer) AS tbl, e.start_time AS starttime, e.pid AS session,
       CAST(e.query_id AS integer) AS query, CAST(e.file_name AS char(256)) AS filename, e.line_number, CAST(e.column_name AS char(127)) AS colname, CAST(e.column_type AS char(10)) AS type,
       CAST(e.column_length AS char(10)) AS col_length, e.position, CAST(e.raw_line AS char(1024)) AS raw_line, CAST(e.raw_field_value AS char(1024)) AS raw_field_value,
       e.error_code AS err_code, CAST(e.error_reason AS char(100)) AS err_reason, 0 AS is_partial, CAST(0 AS bigint) AS start_offset, CAST(0 AS bigint) AS copy_job_id
FROM dw_journal_load_error e;
GRANT SELECT ON pg_catalog.stl_load_errors TO PUBLIC;
