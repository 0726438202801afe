-- "SVV_INTEGRATION_TABLE_STATE": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_integration_table_state AS SELECT
    CAST(NULL AS char(128)) AS "integration_id",
    CAST(NULL AS char(128)) AS "target_database",
    CAST(NULL AS char(128)) AS "schema_name",
    CAST(NULL AS char(128)) AS "table_name",
    CAST(NULL AS char(128)) AS "table_state",
    CAST(NULL AS char(128)) AS "table_last_replicated_checkpoint",
    CAST(NULL AS char(256)) AS "reason",
    CAST(NULL AS timestamp) AS "last_updated_timestamp",
    CAST(NULL AS bigint) AS "table_rows",
    CAST(NULL AS bigint) AS "table_size",
    CAST(NULL AS boolean) AS "is_history_mode"
WHERE false;
GRANT SELECT ON pg_catalog.svv_integration_table_state TO PUBLIC;
