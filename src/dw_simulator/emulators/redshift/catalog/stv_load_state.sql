-- "STV_LOAD_STATE": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_load_state AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "session",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS bigint) AS "bytes_to_load",
    CAST(NULL AS bigint) AS "bytes_loaded",
    CAST(NULL AS bigint) AS "bytes_to_load_compressed",
    CAST(NULL AS bigint) AS "bytes_loaded_compressed",
    CAST(NULL AS integer) AS "lines",
    CAST(NULL AS integer) AS "num_files",
    CAST(NULL AS integer) AS "num_files_complete",
    CAST(NULL AS char(256)) AS "current_file",
    CAST(NULL AS integer) AS "pct_complete"
WHERE false;
GRANT SELECT ON pg_catalog.stv_load_state TO PUBLIC;
