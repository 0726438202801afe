-- "SVL_S3LIST": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_s3list AS SELECT
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "node",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS timestamp) AS "eventtime",
    CAST(NULL AS varchar) AS "bucket",
    CAST(NULL AS varchar) AS "prefix",
    CAST(NULL AS char(1)) AS "recursive",
    CAST(NULL AS integer) AS "retrieved_files",
    CAST(NULL AS bigint) AS "max_file_size",
    CAST(NULL AS double precision) AS "avg_file_size",
    CAST(NULL AS integer) AS "generated_splits",
    CAST(NULL AS double precision) AS "avg_split_length",
    CAST(NULL AS bigint) AS "duration"
WHERE false;
GRANT SELECT ON pg_catalog.svl_s3list TO PUBLIC;
