-- "SVV_RELATION_PRIVILEGES".
CREATE VIEW pg_catalog.svv_relation_privileges AS
SELECT CAST(r.nspname AS varchar) AS namespace_name, CAST(r.relname AS varchar) AS relation_name, CAST(x.privilege_type AS varchar) AS privilege_type,
       CAST(x.grantee AS integer) AS identity_id, CAST(p.rolname AS varchar) AS identity_name, CAST(p.kind AS varchar) AS identity_type, x.is_grantable AS admin_option
FROM dw_relations r CROSS JOIN LATERAL aclexplode(r.relacl) x JOIN dw_principals p ON p.oid = x.grantee WHERE r.nspname <> 'pg_catalog';
GRANT SELECT ON pg_catalog.svv_relation_privileges TO PUBLIC;
