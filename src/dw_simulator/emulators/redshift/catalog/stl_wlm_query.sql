-- "STL_WLM_QUERY": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_wlm_query AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "task",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "service_class",
    CAST(NULL AS integer) AS "slot_count",
    CAST(NULL AS timestamp) AS "service_class_start_time",
    CAST(NULL AS timestamp) AS "queue_start_time",
    CAST(NULL AS timestamp) AS "queue_end_time",
    CAST(NULL AS bigint) AS "total_queue_time",
    CAST(NULL AS timestamp) AS "exec_start_time",
    CAST(NULL AS timestamp) AS "exec_end_time",
    CAST(NULL AS bigint) AS "total_exec_time",
    CAST(NULL AS timestamp) AS "service_class_end_time",
    CAST(NULL AS char(16)) AS "final_state",
    CAST(NULL AS bigint) AS "est_peak_mem",
    CAST(NULL AS char(20)) AS "query_priority",
    CAST(NULL AS char(64)) AS "service_class_name"
WHERE false;
GRANT SELECT ON pg_catalog.stl_wlm_query TO PUBLIC;
