-- "SVV_INTEGRATION": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_integration AS SELECT
    CAST(NULL AS char(128)) AS "integration_id",
    CAST(NULL AS char(128)) AS "target_database",
    CAST(NULL AS char(128)) AS "source",
    CAST(NULL AS char(128)) AS "state",
    CAST(NULL AS bigint) AS "current_lag",
    CAST(NULL AS char(128)) AS "last_replicated_checkpoint",
    CAST(NULL AS integer) AS "total_tables_replicated",
    CAST(NULL AS integer) AS "total_tables_failed",
    CAST(NULL AS timestamp) AS "creation_time",
    CAST(NULL AS integer) AS "refresh_interval",
    CAST(NULL AS char(128)) AS "source_database"
WHERE false;
GRANT SELECT ON pg_catalog.svv_integration TO PUBLIC;
