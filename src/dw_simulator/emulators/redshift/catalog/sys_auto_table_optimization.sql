-- "SYS_AUTO_TABLE_OPTIMIZATION": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_auto_table_optimization AS SELECT
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS char(32)) AS "alter_table_type",
    CAST(NULL AS char(128)) AS "status",
    CAST(NULL AS timestamp) AS "event_time",
    CAST(NULL AS char(200)) AS "alter_from"
WHERE false;
GRANT SELECT ON pg_catalog.sys_auto_table_optimization TO PUBLIC;
