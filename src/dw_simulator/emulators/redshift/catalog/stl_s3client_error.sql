-- "STL_S3CLIENT_ERROR": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_s3client_error AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "sliceid",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS char(64)) AS "http_method",
    CAST(NULL AS char(64)) AS "bucket",
    CAST(NULL AS char(256)) AS "key",
    CAST(NULL AS char(1024)) AS "error",
    CAST(NULL AS integer) AS "is_partial",
    CAST(NULL AS bigint) AS "start_offset"
WHERE false;
GRANT SELECT ON pg_catalog.stl_s3client_error TO PUBLIC;
