-- "STV_WLM_QUERY_STATE": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_wlm_query_state AS SELECT
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "task",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "service_class",
    CAST(NULL AS integer) AS "slot_count",
    CAST(NULL AS timestamp) AS "wlm_start_time",
    CAST(NULL AS char(16)) AS "state",
    CAST(NULL AS bigint) AS "queue_time",
    CAST(NULL AS bigint) AS "exec_time",
    CAST(NULL AS char(20)) AS "query_priority"
WHERE false;
GRANT SELECT ON pg_catalog.stv_wlm_query_state TO PUBLIC;
