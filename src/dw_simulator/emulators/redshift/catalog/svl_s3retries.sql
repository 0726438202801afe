-- "SVL_S3RETRIES": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_s3retries AS SELECT
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "node",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS timestamp) AS "eventtime",
    CAST(NULL AS integer) AS "retries",
    CAST(NULL AS integer) AS "successful_fetches",
    CAST(NULL AS bigint) AS "file_size",
    CAST(NULL AS varchar) AS "location",
    CAST(NULL AS varchar) AS "message"
WHERE false;
GRANT SELECT ON pg_catalog.svl_s3retries TO PUBLIC;
