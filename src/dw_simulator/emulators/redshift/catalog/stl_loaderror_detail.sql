-- "STL_LOADERROR_DETAIL".
CREATE VIEW pg_catalog.stl_loaderror_detail AS
SELECT (SELECT CAST(r.oid AS integer) FROM pg_roles r WHERE r.rolname = e.user_name) AS userid, 0 AS slice, e.pid AS session, CAST(e.query_id AS integer) AS query,
       CAST(e.file_name AS char(256)) AS filename, e.line_number, 0 AS field, CAST(e.column_name AS char(1024)) AS colname, CAST(e.raw_field_value AS char(1024)) AS value, 0 AS is_null,
       CAST(e.column_type AS char(10)) AS type, CAST(e.column_length AS char(10)) AS col_length
FROM dw_journal_load_error e;
GRANT SELECT ON pg_catalog.stl_loaderror_detail TO PUBLIC;
