-- "SVV_COLUMN_PRIVILEGES".
CREATE VIEW pg_catalog.svv_column_privileges AS
SELECT CAST(d.nspname AS varchar) AS namespace_name, CAST(d.relname AS varchar) AS relation_name, CAST(d.attname AS varchar) AS column_name,
       CAST(x.privilege_type AS varchar) AS privilege_type, CAST(x.grantee AS integer) AS identity_id, CAST(p.rolname AS varchar) AS identity_name, CAST(p.kind AS varchar) AS identity_type
FROM dw_described d CROSS JOIN LATERAL aclexplode(d.attacl) x JOIN dw_principals p ON p.oid = x.grantee;
GRANT SELECT ON pg_catalog.svv_column_privileges TO PUBLIC;
