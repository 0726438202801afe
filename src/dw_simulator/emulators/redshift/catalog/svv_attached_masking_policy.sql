-- "SVV_ATTACHED_MASKING_POLICY".
CREATE VIEW pg_catalog.svv_attached_masking_policy AS
SELECT CAST(p.name AS varchar) AS policy_name, CAST(r.nspname AS varchar) AS schema_name, CAST(r.relname AS varchar) AS table_name,
       CAST(CASE r.relkind WHEN 'r' THEN 'table' ELSE 'view' END AS varchar) AS table_type, CAST(a.grantor AS varchar) AS grantor,
       CAST(coalesce(g.rolname, 'public') AS varchar) AS grantee, CAST(coalesce(g.kind, 'public') AS varchar) AS grantee_type, a.priority,
       CAST(dw_mask_shown(a.storage, a.inputs, a.input_paths) AS varchar) AS input_columns, CAST(dw_mask_shown(a.storage, a.outputs, a.output_paths) AS varchar) AS output_columns
FROM dw_mask_attachments a JOIN dw_mask_policies p ON p.id = a.policy JOIN dw_relations r ON r.oid = a.storage
LEFT JOIN dw_principals g ON g.oid = a.grantee;
GRANT SELECT ON pg_catalog.svv_attached_masking_policy TO PUBLIC;
