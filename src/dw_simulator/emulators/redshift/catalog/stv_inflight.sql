-- "STV_INFLIGHT".
CREATE VIEW pg_catalog.stv_inflight AS
SELECT user_id AS userid, 12811 AS slice, CAST(query_id AS integer) AS query, CAST(coalesce(label, 'default') AS char(320)) AS label, transaction_id AS xid, pid,
       start_time AS starttime, CAST(query_text AS char(100)) AS text, 0 AS suspended, 0 AS insert_pristine, 0 AS concurrency_scaling_status
FROM dw_queries WHERE end_time IS NULL;
GRANT SELECT ON pg_catalog.stv_inflight TO PUBLIC;
