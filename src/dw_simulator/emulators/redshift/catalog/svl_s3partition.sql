-- "SVL_S3PARTITION": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_s3partition AS SELECT
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "node",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS bigint) AS "duration",
    CAST(NULL AS integer) AS "total_partitions",
    CAST(NULL AS integer) AS "qualified_partitions",
    CAST(NULL AS integer) AS "assigned_partitions",
    CAST(NULL AS char(1)) AS "assignment"
WHERE false;
GRANT SELECT ON pg_catalog.svl_s3partition TO PUBLIC;
