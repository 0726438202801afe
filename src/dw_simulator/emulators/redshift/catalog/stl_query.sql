-- "STL_QUERY".
CREATE VIEW pg_catalog.stl_query AS
SELECT user_id AS userid, CAST(query_id AS integer) AS query, CAST(coalesce(label, 'default') AS char(320)) AS label, transaction_id AS xid, pid,
       CAST(current_database() AS char(32)) AS database, CAST(query_text AS char(4000)) AS querytxt, start_time AS starttime, end_time AS endtime,
       CASE WHEN sqlstate IS NULL THEN 0 ELSE 1 END AS aborted, 0 AS insert_pristine, 0 AS concurrency_scaling_status
FROM dw_queries WHERE family = 'query' AND end_time IS NOT NULL;
GRANT SELECT ON pg_catalog.stl_query TO PUBLIC;
