-- "SVV_RLS_ATTACHED_POLICY".
CREATE VIEW pg_catalog.svv_rls_attached_policy AS
SELECT CAST(r.nspname AS varchar) AS relschema, CAST(r.relname AS varchar) AS relname, CAST('table' AS varchar) AS relkind, CAST(p.name AS varchar) AS polname,
       CAST(p.modified_by AS varchar) AS grantor, CAST(coalesce(nullif(substring(a.polname FROM '_to_(.*)$'), ''), 'public') AS varchar) AS grantee,
       CAST(coalesce(g.kind, 'public') AS varchar) AS granteekind, true AS is_pol_on, c.relrowsecurity AS is_rls_on, CAST('and' AS char(3)) AS rls_conjunction_type
FROM pg_policy a JOIN dw_rls_policies p ON starts_with(CAST(a.polname AS text), 'dw_rls_' || p.name || '_to_')
JOIN pg_class c ON c.oid = a.polrelid JOIN dw_relations r ON r.oid = a.polrelid
LEFT JOIN dw_principals g ON g.rolname = substring(a.polname FROM '_to_(.*)$');
GRANT SELECT ON pg_catalog.svv_rls_attached_policy TO PUBLIC;
