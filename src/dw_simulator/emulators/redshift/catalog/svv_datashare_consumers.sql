-- "SVV_DATASHARE_CONSUMERS": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_datashare_consumers AS SELECT
    CAST(NULL AS varchar(128)) AS "share_name",
    CAST(NULL AS varchar(16)) AS "consumer_account",
    CAST(NULL AS varchar(64)) AS "consumer_namespace",
    CAST(NULL AS timestamp) AS "share_date"
WHERE false;
GRANT SELECT ON pg_catalog.svv_datashare_consumers TO PUBLIC;
