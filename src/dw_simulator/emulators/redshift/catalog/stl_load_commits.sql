-- "STL_LOAD_COMMITS".
CREATE VIEW pg_catalog.stl_load_commits AS
SELECT (SELECT CAST(r.oid AS integer) FROM pg_roles r WHERE r.rolname = c.user_name) AS userid, CAST(f.query_id AS integer) AS query, 0 AS slice, CAST(f.file_name AS char(256)) AS name,
       CAST(f.file_name AS char(256)) AS filename, f.file_bytes AS byte_offset, f.scanned_rows AS lines_scanned, 0 AS errors, f.end_time AS curtime, 1 AS status, CAST(f.file_format AS char(16)) AS file_format,
       0 AS is_partial, CAST(0 AS bigint) AS start_offset
FROM dw_journal_copy_file f JOIN dw_journal_copy c USING (query_id);
GRANT SELECT ON pg_catalog.stl_load_commits TO PUBLIC;
