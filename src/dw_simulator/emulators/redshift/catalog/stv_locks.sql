-- "STV_LOCKS".
CREATE VIEW pg_catalog.stv_locks AS
SELECT CAST(l.relation AS integer) AS table_id, CAST(coalesce(a.query_start, a.xact_start) AS timestamp) AS last_commit, CAST(a.query_start AS timestamp) AS last_update,
       CAST(coalesce(CAST(a.backend_xid AS text), '0') AS bigint) AS lock_owner, l.pid AS lock_owner_pid, CAST(a.query_start AS timestamp) AS lock_owner_start_ts,
       CAST(a.query_start AS timestamp) AS lock_owner_end_ts, CAST('Holding write lock' AS char(22)) AS lock_status
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'relation' AND l.mode LIKE '%Exclusive%' AND l.granted;
GRANT SELECT ON pg_catalog.stv_locks TO PUBLIC;
