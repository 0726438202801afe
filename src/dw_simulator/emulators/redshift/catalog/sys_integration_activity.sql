-- "SYS_INTEGRATION_ACTIVITY": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_integration_activity AS SELECT
    CAST(NULL AS char(128)) AS "integration_id",
    CAST(NULL AS char(128)) AS "target_database",
    CAST(NULL AS char(128)) AS "source",
    CAST(NULL AS char(128)) AS "checkpoint_name",
    CAST(NULL AS char(128)) AS "checkpoint_type",
    CAST(NULL AS bigint) AS "checkpoint_bytes",
    CAST(NULL AS timestamp) AS "last_commit_timestamp",
    CAST(NULL AS integer) AS "modified_tables",
    CAST(NULL AS timestamp) AS "integration_start_time",
    CAST(NULL AS timestamp) AS "integration_end_time"
WHERE false;
GRANT SELECT ON pg_catalog.sys_integration_activity TO PUBLIC;
