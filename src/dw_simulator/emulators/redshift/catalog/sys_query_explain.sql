-- "SYS_QUERY_EXPLAIN": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_query_explain AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS integer) AS "child_query_sequence",
    CAST(NULL AS integer) AS "plan_node_id",
    CAST(NULL AS integer) AS "plan_parent_id",
    CAST(NULL AS char(400)) AS "plan_node",
    CAST(NULL AS char(400)) AS "plan_info"
WHERE false;
GRANT SELECT ON pg_catalog.sys_query_explain TO PUBLIC;
