-- "SVV_TRANSACTIONS".
CREATE VIEW pg_catalog.svv_transactions AS
SELECT CAST(a.usename AS varchar) AS txn_owner, CAST(a.datname AS varchar) AS txn_db, CAST(coalesce(CAST(a.backend_xid AS text), '0') AS bigint) AS xid, l.pid,
       CAST(a.xact_start AS timestamp) AS txn_start, CAST(l.mode AS varchar) AS lock_mode, CAST(l.locktype AS varchar) AS lockable_object_type, CAST(l.relation AS integer) AS relation, l.granted
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE a.datname IS NOT NULL AND l.locktype IN ('relation', 'transactionid');
GRANT SELECT ON pg_catalog.svv_transactions TO PUBLIC;
