-- "STL_S3CLIENT": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_s3client AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS char(64)) AS "http_method",
    CAST(NULL AS char(64)) AS "bucket",
    CAST(NULL AS char(256)) AS "key",
    CAST(NULL AS bigint) AS "transfer_size",
    CAST(NULL AS bigint) AS "data_size",
    CAST(NULL AS bigint) AS "start_time",
    CAST(NULL AS bigint) AS "end_time",
    CAST(NULL AS bigint) AS "transfer_time",
    CAST(NULL AS bigint) AS "compression_time",
    CAST(NULL AS bigint) AS "connect_time",
    CAST(NULL AS bigint) AS "app_connect_time",
    CAST(NULL AS bigint) AS "retries",
    CAST(NULL AS char(32)) AS "request_id",
    CAST(NULL AS char(128)) AS "extended_request_id",
    CAST(NULL AS char(64)) AS "ip_address",
    CAST(NULL AS integer) AS "is_partial",
    CAST(NULL AS bigint) AS "start_offset"
WHERE false;
GRANT SELECT ON pg_catalog.stl_s3client TO PUBLIC;
