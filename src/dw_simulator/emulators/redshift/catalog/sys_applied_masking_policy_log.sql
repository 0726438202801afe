-- "SYS_APPLIED_MASKING_POLICY_LOG".
CREATE VIEW pg_catalog.sys_applied_masking_policy_log AS
SELECT CAST(p.name AS varchar) AS policy_name, CAST(CAST(l.user_id AS text) AS varchar) AS user_id, CAST(l.recorded AT TIME ZONE 'UTC' AS timestamp) AS record_time,
       l.pid AS session_id, l.transaction_id,
       (SELECT max(q.query_id) FROM dw_queries q WHERE q.pid = l.pid AND q.start_time <= CAST(l.recorded AT TIME ZONE 'UTC' AS timestamp)) AS query_id,
       CAST(current_database() AS varchar) AS database_name, CAST(r.relname AS varchar) AS relation_name, CAST(r.nspname AS varchar) AS schema_name,
       CAST(CASE r.relkind WHEN 'r' THEN 'table' ELSE 'view' END AS varchar) AS relation_kind
FROM dw_mask_log l JOIN dw_mask_policies p ON p.id = l.policy JOIN dw_relations r ON r.oid = l.storage;
GRANT SELECT ON pg_catalog.sys_applied_masking_policy_log TO PUBLIC;
