-- "SYS_SERVERLESS_USAGE": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_serverless_usage AS SELECT
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS timestamp) AS "end_time",
    CAST(NULL AS double precision) AS "compute_seconds",
    CAST(NULL AS double precision) AS "compute_capacity",
    CAST(NULL AS integer) AS "data_storage",
    CAST(NULL AS integer) AS "cross_region_transferred_data",
    CAST(NULL AS bigint) AS "charged_seconds",
    CAST(NULL AS bigint) AS "charged_query_seconds",
    CAST(NULL AS bigint) AS "charged_autonomics_seconds"
WHERE false;
GRANT SELECT ON pg_catalog.sys_serverless_usage TO PUBLIC;
