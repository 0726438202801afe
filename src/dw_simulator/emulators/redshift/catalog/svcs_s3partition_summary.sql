-- "SVCS_S3PARTITION_SUMMARY": the emulator records nothing here.
CREATE VIEW pg_catalog.svcs_s3partition_summary AS SELECT
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS char(1)) AS "assignment",
    CAST(NULL AS timestamp) AS "min_starttime",
    CAST(NULL AS timestamp) AS "max_endtime",
    CAST(NULL AS bigint) AS "min_duration",
    CAST(NULL AS bigint) AS "max_duration",
    CAST(NULL AS bigint) AS "avg_duration",
    CAST(NULL AS integer) AS "total_partitions",
    CAST(NULL AS integer) AS "qualified_partitions",
    CAST(NULL AS integer) AS "min_assigned_partitions",
    CAST(NULL AS integer) AS "max_assigned_partitions",
    CAST(NULL AS bigint) AS "avg_assigned_partitions"
WHERE false;
GRANT SELECT ON pg_catalog.svcs_s3partition_summary TO PUBLIC;
