-- "SYS_DATASHARE_USAGE_CONSUMER": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_datashare_usage_consumer AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS integer) AS "session_id",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS varchar(50)) AS "request_id",
    CAST(NULL AS varchar(25)) AS "request_type",
    CAST(NULL AS varchar(50)) AS "transaction_uid",
    CAST(NULL AS timestamp) AS "record_time",
    CAST(NULL AS integer) AS "status",
    CAST(NULL AS varchar(512)) AS "error"
WHERE false;
GRANT SELECT ON pg_catalog.sys_datashare_usage_consumer TO PUBLIC;
