-- "SVL_DATASHARE_USAGE_PRODUCER": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_datashare_usage_producer AS SELECT
    CAST(NULL AS integer) AS "share_id",
    CAST(NULL AS char(128)) AS "share_name",
    CAST(NULL AS char(50)) AS "request_id",
    CAST(NULL AS char(25)) AS "request_type",
    CAST(NULL AS char(64)) AS "object_type",
    CAST(NULL AS integer) AS "object_oid",
    CAST(NULL AS char(128)) AS "object_name",
    CAST(NULL AS char(16)) AS "consumer_account",
    CAST(NULL AS char(64)) AS "consumer_namespace",
    CAST(NULL AS char(50)) AS "consumer_transaction_uid",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS integer) AS "status",
    CAST(NULL AS char(512)) AS "error",
    CAST(NULL AS char(64)) AS "consumer_region"
WHERE false;
GRANT SELECT ON pg_catalog.svl_datashare_usage_producer TO PUBLIC;
