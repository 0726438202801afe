-- "SYS_QUERY_EXPLAIN": filled when it is read (explained.py).
CREATE VIEW pg_catalog.sys_query_explain AS
SELECT user_id, q.query_id, 1 AS child_query_sequence, node_id AS plan_node_id, parent_id AS plan_parent_id, CAST(node AS char(400)) AS plan_node, CAST(info AS char(400)) AS plan_info
FROM dw_queries q JOIN dw_journal_plan p ON p.query_id = q.query_id;
GRANT SELECT ON pg_catalog.sys_query_explain TO PUBLIC;
