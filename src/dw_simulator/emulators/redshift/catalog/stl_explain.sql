-- "STL_EXPLAIN": filled when it is read (explained.py).
CREATE VIEW pg_catalog.stl_explain AS
SELECT user_id AS userid, CAST(q.query_id AS integer) AS query, node_id AS nodeid, parent_id AS parentid, CAST(node AS char(400)) AS plannode, CAST(info AS char(400)) AS info
FROM dw_queries q JOIN dw_journal_plan p ON p.query_id = q.query_id;
GRANT SELECT ON pg_catalog.stl_explain TO PUBLIC;
