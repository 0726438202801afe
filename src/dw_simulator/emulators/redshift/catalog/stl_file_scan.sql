-- "STL_FILE_SCAN": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_file_scan AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS char(90)) AS "name",
    CAST(NULL AS bigint) AS "lines",
    CAST(NULL AS bigint) AS "bytes",
    CAST(NULL AS bigint) AS "loadtime",
    CAST(NULL AS timestamp) AS "curtime",
    CAST(NULL AS integer) AS "is_partial",
    CAST(NULL AS bigint) AS "start_offset"
WHERE false;
GRANT SELECT ON pg_catalog.stl_file_scan TO PUBLIC;
