-- "SVV_DATABASE_PRIVILEGES".
CREATE VIEW pg_catalog.svv_database_privileges AS
SELECT CAST(d.datname AS varchar) AS database_name, CAST(x.privilege_type AS varchar) AS privilege_type, CAST(x.grantee AS integer) AS identity_id,
       CAST(p.rolname AS varchar) AS identity_name, CAST(p.kind AS varchar) AS identity_type, x.is_grantable AS admin_option, CAST('DATABASE' AS varchar) AS privilege_scope
FROM pg_database d CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x JOIN dw_principals p ON p.oid = x.grantee WHERE d.datname NOT IN ('template0', 'template1', 'postgres');
GRANT SELECT ON pg_catalog.svv_database_privileges TO PUBLIC;
