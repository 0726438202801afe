-- "SYS_DATASHARE_USAGE_PRODUCER": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_datashare_usage_producer AS SELECT
    CAST(NULL AS integer) AS "share_id",
    CAST(NULL AS varchar(128)) AS "share_name",
    CAST(NULL AS varchar(50)) AS "request_id",
    CAST(NULL AS varchar(25)) AS "request_type",
    CAST(NULL AS varchar(64)) AS "object_type",
    CAST(NULL AS integer) AS "object_id",
    CAST(NULL AS varchar(128)) AS "object_name",
    CAST(NULL AS varchar(16)) AS "consumer_account",
    CAST(NULL AS varchar(64)) AS "consumer_namespace",
    CAST(NULL AS varchar(50)) AS "consumer_transaction_uid",
    CAST(NULL AS timestamp) AS "record_time",
    CAST(NULL AS integer) AS "status",
    CAST(NULL AS varchar(512)) AS "error_message",
    CAST(NULL AS varchar(64)) AS "consumer_region"
WHERE false;
GRANT SELECT ON pg_catalog.sys_datashare_usage_producer TO PUBLIC;
