-- "SYS_STREAM_SCAN_ERRORS": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_stream_scan_errors AS SELECT
    CAST(NULL AS char(128)) AS "external_schema_name",
    CAST(NULL AS char(255)) AS "stream_name",
    CAST(NULL AS char(128)) AS "mv_name",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS timestamp) AS "record_time",
    CAST(NULL AS char(128)) AS "partition_id",
    CAST(NULL AS char(128)) AS "position",
    CAST(NULL AS integer) AS "error_code",
    CAST(NULL AS varchar) AS "error_reason"
WHERE false;
GRANT SELECT ON pg_catalog.sys_stream_scan_errors TO PUBLIC;
