-- "SVCS_UNLOAD_LOG": the emulator records nothing here.
CREATE VIEW pg_catalog.svcs_unload_log AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS char(1280)) AS "path",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS timestamp) AS "end_time",
    CAST(NULL AS bigint) AS "line_count",
    CAST(NULL AS bigint) AS "transfer_size",
    CAST(NULL AS char(10)) AS "file_format"
WHERE false;
GRANT SELECT ON pg_catalog.svcs_unload_log TO PUBLIC;
