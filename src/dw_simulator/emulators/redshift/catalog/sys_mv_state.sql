-- "SYS_MV_STATE": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_mv_state AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS char(500)) AS "event_description",
    CAST(NULL AS char(128)) AS "database_name",
    CAST(NULL AS char(128)) AS "base_table_schema",
    CAST(NULL AS char(128)) AS "base_table_name",
    CAST(NULL AS char(128)) AS "mv_schema",
    CAST(NULL AS char(128)) AS "mv_name",
    CAST(NULL AS char(32)) AS "state"
WHERE false;
GRANT SELECT ON pg_catalog.sys_mv_state TO PUBLIC;
