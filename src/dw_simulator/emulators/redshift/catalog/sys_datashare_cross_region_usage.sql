-- "SYS_DATASHARE_CROSS_REGION_USAGE": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_datashare_cross_region_usage AS SELECT
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS integer) AS "segment_id",
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS integer) AS "session_id",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS timestamp) AS "record_time",
    CAST(NULL AS bigint) AS "transferred_data",
    CAST(NULL AS char(64)) AS "source_region"
WHERE false;
GRANT SELECT ON pg_catalog.sys_datashare_cross_region_usage TO PUBLIC;
