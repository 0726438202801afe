-- "SVCS_CONCURRENCY_SCALING_USAGE": the emulator records nothing here.
CREATE VIEW pg_catalog.svcs_concurrency_scaling_usage AS SELECT
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS timestamp) AS "end_time",
    CAST(NULL AS bigint) AS "queries",
    CAST(NULL AS double precision) AS "usage_in_seconds"
WHERE false;
GRANT SELECT ON pg_catalog.svcs_concurrency_scaling_usage TO PUBLIC;
