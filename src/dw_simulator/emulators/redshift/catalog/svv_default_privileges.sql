-- "SVV_DEFAULT_PRIVILEGES".
CREATE VIEW pg_catalog.svv_default_privileges AS
SELECT CAST(n.nspname AS varchar) AS schema_name, CAST(CASE a.defaclobjtype WHEN 'r' THEN 'RELATION' WHEN 'f' THEN 'FUNCTION' ELSE 'PROCEDURE' END AS varchar) AS object_type,
       CAST(a.defaclrole AS integer) AS owner_id, CAST(pg_get_userbyid(a.defaclrole) AS varchar) AS owner_name, CAST('user' AS varchar) AS owner_type, CAST(x.privilege_type AS varchar) AS privilege_type,
       CAST(x.grantee AS integer) AS grantee_id, CAST(p.rolname AS varchar) AS grantee_name, CAST(p.kind AS varchar) AS grantee_type, x.is_grantable AS admin_option
FROM pg_default_acl a LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace CROSS JOIN LATERAL aclexplode(a.defaclacl) x JOIN dw_principals p ON p.oid = x.grantee
UNION ALL
SELECT CAST(n.nspname AS varchar), 'PROCEDURE', CAST(d.owner AS integer), CAST(pg_get_userbyid(d.owner) AS varchar), 'user', 'EXECUTE',
       CAST(d.grantee AS integer), CAST(p.rolname AS varchar), CAST(p.kind AS varchar), d.grantable
FROM dw_default_procedures d LEFT JOIN pg_namespace n ON n.oid = d.schema JOIN dw_principals p ON p.oid = d.grantee;
GRANT SELECT ON pg_catalog.svv_default_privileges TO PUBLIC;
