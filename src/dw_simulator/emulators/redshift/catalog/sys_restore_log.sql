-- "SYS_RESTORE_LOG": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_restore_log AS SELECT
    CAST(NULL AS timestamp) AS "event_time",
    CAST(NULL AS char(128)) AS "database_name",
    CAST(NULL AS char(128)) AS "schema_name",
    CAST(NULL AS char(128)) AS "table_name",
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS char(128)) AS "redistribution_status",
    CAST(NULL AS bigint) AS "total_size",
    CAST(NULL AS bigint) AS "transferred_size"
WHERE false;
GRANT SELECT ON pg_catalog.sys_restore_log TO PUBLIC;
