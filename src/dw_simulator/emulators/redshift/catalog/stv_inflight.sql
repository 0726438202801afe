-- "STV_INFLIGHT".
CREATE VIEW pg_catalog.stv_inflight AS
SELECT usesysid::integer AS userid, 12811 AS slice, pid AS query, CAST('default' AS char(320)) AS label, CAST(coalesce(CAST(backend_xid AS text), '0') AS bigint) AS xid, pid,
       CAST(query_start AS timestamp) AS starttime, CAST(query AS char(100)) AS text, 0 AS suspended, 0 AS insert_pristine, 0 AS concurrency_scaling_status
FROM pg_stat_activity WHERE backend_type = 'client backend' AND state = 'active' AND application_name <> 'dw-simulator';
GRANT SELECT ON pg_catalog.stv_inflight TO PUBLIC;
