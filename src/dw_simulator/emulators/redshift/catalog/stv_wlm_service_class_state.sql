-- "STV_WLM_SERVICE_CLASS_STATE": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_wlm_service_class_state AS SELECT
    CAST(NULL AS integer) AS "service_class",
    CAST(NULL AS integer) AS "num_queued_queries",
    CAST(NULL AS integer) AS "num_executing_queries",
    CAST(NULL AS integer) AS "num_serviced_queries",
    CAST(NULL AS integer) AS "num_executed_queries",
    CAST(NULL AS integer) AS "query_working_mem",
    CAST(NULL AS integer) AS "num_query_tasks",
    CAST(NULL AS integer) AS "target_num_query_tasks",
    CAST(NULL AS integer) AS "num_concurrency_scaling_queries"
WHERE false;
GRANT SELECT ON pg_catalog.stv_wlm_service_class_state TO PUBLIC;
