-- "SYS_AUTOMATIC_OPTIMIZATION_HISTORY": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_automatic_optimization_history AS SELECT
    CAST(NULL AS integer) AS "task_id",
    CAST(NULL AS char(32)) AS "task_type",
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS char(128)) AS "status",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS timestamp) AS "end_time"
WHERE false;
GRANT SELECT ON pg_catalog.sys_automatic_optimization_history TO PUBLIC;
