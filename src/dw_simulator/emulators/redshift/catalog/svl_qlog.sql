-- "SVL_QLOG".
CREATE VIEW pg_catalog.svl_qlog AS
SELECT user_id AS userid, CAST(query_id AS integer) AS query, transaction_id AS xid, pid, start_time AS starttime, end_time AS endtime,
       CAST(extract(epoch FROM end_time - start_time) * 1000000 AS bigint) AS elapsed, CASE WHEN sqlstate IS NULL THEN 0 ELSE 1 END AS aborted,
       CAST(coalesce(label, 'default') AS char(320)) AS label, CAST(query_text AS char(60)) AS substring, (SELECT CAST(r.source_query AS integer) FROM dw_journal_reuse r WHERE r.query_id = q.query_id) AS source_query,
       CAST('0 - Ran on the main cluster' AS varchar) AS concurrency_scaling_status_txt, 0 AS from_sp_call
FROM dw_queries q WHERE family = 'query' AND end_time IS NOT NULL;
GRANT SELECT ON pg_catalog.svl_qlog TO PUBLIC;
