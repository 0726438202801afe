-- "STL_UNLOAD_LOG".
CREATE VIEW pg_catalog.stl_unload_log AS
SELECT (SELECT CAST(r.oid AS integer) FROM pg_roles r WHERE r.rolname = u.user_name) AS userid, CAST(u.query_id AS integer) AS query, 0 AS slice, u.pid, CAST(u.path AS char(1280)) AS path,
       u.start_time, u.end_time, u.row_count AS line_count, u.file_bytes AS transfer_size, CAST(u.format AS char(10)) AS file_format
FROM dw_journal_unload u;
GRANT SELECT ON pg_catalog.stl_unload_log TO PUBLIC;
