-- "SVL_QUERY_QUEUE_INFO": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_query_queue_info AS SELECT
    CAST(NULL AS varchar) AS "database",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS varchar) AS "querytxt",
    CAST(NULL AS timestamp) AS "queue_start_time",
    CAST(NULL AS timestamp) AS "exec_start_time",
    CAST(NULL AS integer) AS "service_class",
    CAST(NULL AS integer) AS "slots",
    CAST(NULL AS bigint) AS "queue_elapsed",
    CAST(NULL AS bigint) AS "exec_elapsed",
    CAST(NULL AS bigint) AS "wlm_total_elapsed",
    CAST(NULL AS bigint) AS "commit_queue_elapsed",
    CAST(NULL AS bigint) AS "commit_exec_time",
    CAST(NULL AS char(64)) AS "service_class_name"
WHERE false;
GRANT SELECT ON pg_catalog.svl_query_queue_info TO PUBLIC;
