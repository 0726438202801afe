-- "SYS_RESTORE_STATE": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_restore_state AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS char(128)) AS "database_name",
    CAST(NULL AS char(128)) AS "schema_name",
    CAST(NULL AS char(128)) AS "table_name",
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS char(128)) AS "redistribution_status"
WHERE false;
GRANT SELECT ON pg_catalog.sys_restore_state TO PUBLIC;
