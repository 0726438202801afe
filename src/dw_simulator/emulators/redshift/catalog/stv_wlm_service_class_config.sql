-- "STV_WLM_SERVICE_CLASS_CONFIG": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_wlm_service_class_config AS SELECT
    CAST(NULL AS integer) AS "service_class",
    CAST(NULL AS char(32)) AS "queueing_strategy",
    CAST(NULL AS integer) AS "num_query_tasks",
    CAST(NULL AS integer) AS "target_num_query_tasks",
    CAST(NULL AS char(8)) AS "evictable",
    CAST(NULL AS bigint) AS "eviction_threshold",
    CAST(NULL AS integer) AS "query_working_mem",
    CAST(NULL AS integer) AS "target_query_working_mem",
    CAST(NULL AS integer) AS "min_step_mem",
    CAST(NULL AS char(64)) AS "name",
    CAST(NULL AS bigint) AS "max_execution_time",
    CAST(NULL AS boolean) AS "user_group_wild_card",
    CAST(NULL AS boolean) AS "query_group_wild_card",
    CAST(NULL AS char(20)) AS "concurrency_scaling",
    CAST(NULL AS char(20)) AS "query_priority",
    CAST(NULL AS boolean) AS "user_role_wild_card"
WHERE false;
GRANT SELECT ON pg_catalog.stv_wlm_service_class_config TO PUBLIC;
