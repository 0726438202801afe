-- "STV_WLM_QUERY_TASK_STATE": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_wlm_query_task_state AS SELECT
    CAST(NULL AS integer) AS "service_class",
    CAST(NULL AS integer) AS "task",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "level",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS bigint) AS "exec_time"
WHERE false;
GRANT SELECT ON pg_catalog.stv_wlm_query_task_state TO PUBLIC;
