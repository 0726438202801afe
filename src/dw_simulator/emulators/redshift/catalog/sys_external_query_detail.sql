-- "SYS_EXTERNAL_QUERY_DETAIL": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_external_query_detail AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS integer) AS "child_query_sequence",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS integer) AS "segment_id",
    CAST(NULL AS char(32)) AS "source_type",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS timestamp) AS "end_time",
    CAST(NULL AS bigint) AS "duration",
    CAST(NULL AS integer) AS "total_partitions",
    CAST(NULL AS integer) AS "qualified_partitions",
    CAST(NULL AS bigint) AS "scanned_files",
    CAST(NULL AS bigint) AS "returned_rows",
    CAST(NULL AS bigint) AS "returned_bytes",
    CAST(NULL AS varchar) AS "file_format",
    CAST(NULL AS varchar) AS "file_location",
    CAST(NULL AS varchar) AS "external_query_text",
    CAST(NULL AS char(4000)) AS "warning_message",
    CAST(NULL AS char(136)) AS "table_name",
    CAST(NULL AS char(1)) AS "is_recursive",
    CAST(NULL AS char(1)) AS "is_nested",
    CAST(NULL AS bigint) AS "s3list_time",
    CAST(NULL AS bigint) AS "get_partition_time"
WHERE false;
GRANT SELECT ON pg_catalog.sys_external_query_detail TO PUBLIC;
