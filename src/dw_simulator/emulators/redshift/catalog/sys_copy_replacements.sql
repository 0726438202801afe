-- "SYS_COPY_REPLACEMENTS": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_copy_replacements AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS integer) AS "session_id",
    CAST(NULL AS char(256)) AS "file_name",
    CAST(NULL AS bigint) AS "line_number",
    CAST(NULL AS char(127)) AS "column_name",
    CAST(NULL AS char(1024)) AS "raw_line"
WHERE false;
GRANT SELECT ON pg_catalog.sys_copy_replacements TO PUBLIC;
