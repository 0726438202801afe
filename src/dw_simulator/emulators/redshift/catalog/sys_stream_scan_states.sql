-- "SYS_STREAM_SCAN_STATES": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_stream_scan_states AS SELECT
    CAST(NULL AS char(128)) AS "external_schema_name",
    CAST(NULL AS char(255)) AS "stream_name",
    CAST(NULL AS char(128)) AS "mv_name",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS timestamp) AS "record_time",
    CAST(NULL AS char(128)) AS "partition_id",
    CAST(NULL AS char(128)) AS "latest_position",
    CAST(NULL AS bigint) AS "scanned_rows",
    CAST(NULL AS bigint) AS "skipped_rows",
    CAST(NULL AS bigint) AS "scanned_bytes",
    CAST(NULL AS timestamp) AS "stream_record_time_min",
    CAST(NULL AS timestamp) AS "stream_record_time_max"
WHERE false;
GRANT SELECT ON pg_catalog.sys_stream_scan_states TO PUBLIC;
