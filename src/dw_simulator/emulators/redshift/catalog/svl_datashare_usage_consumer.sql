-- "SVL_DATASHARE_USAGE_CONSUMER": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_datashare_usage_consumer AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS char(50)) AS "request_id",
    CAST(NULL AS char(25)) AS "request_type",
    CAST(NULL AS char(50)) AS "transaction_uid",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS integer) AS "status",
    CAST(NULL AS char(512)) AS "error"
WHERE false;
GRANT SELECT ON pg_catalog.svl_datashare_usage_consumer TO PUBLIC;
