-- "SYS_INTEGRATION_TABLE_STATE_CHANGE": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_integration_table_state_change AS SELECT
    CAST(NULL AS char(128)) AS "integration_id",
    CAST(NULL AS char(128)) AS "database_name",
    CAST(NULL AS char(128)) AS "schema_name",
    CAST(NULL AS char(128)) AS "table_name",
    CAST(NULL AS char(128)) AS "new_state",
    CAST(NULL AS char(128)) AS "table_last_replicated_checkpoint",
    CAST(NULL AS char(256)) AS "state_change_reason",
    CAST(NULL AS timestamp) AS "record_time"
WHERE false;
GRANT SELECT ON pg_catalog.sys_integration_table_state_change TO PUBLIC;
