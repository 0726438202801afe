-- "SVV_SCHEMA_PRIVILEGES".
CREATE VIEW pg_catalog.svv_schema_privileges AS
SELECT CAST(n.nspname AS varchar) AS namespace_name, CAST(x.privilege_type AS varchar) AS privilege_type, CAST(x.grantee AS integer) AS identity_id,
       CAST(p.rolname AS varchar) AS identity_name, CAST(p.kind AS varchar) AS identity_type, x.is_grantable AS admin_option, CAST('schema' AS varchar) AS privilege_scope
FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) x JOIN dw_principals p ON p.oid = x.grantee;
GRANT SELECT ON pg_catalog.svv_schema_privileges TO PUBLIC;
