-- "SVV_FUNCTION_PRIVILEGES".
CREATE VIEW pg_catalog.svv_function_privileges AS
SELECT CAST(n.nspname AS varchar) AS namespace_name, CAST(f.proname AS varchar) AS function_name, CAST(pg_get_function_identity_arguments(f.oid) AS varchar) AS argument_types,
       CAST(x.privilege_type AS varchar) AS privilege_type, CAST(x.grantee AS integer) AS identity_id, CAST(p.rolname AS varchar) AS identity_name, CAST(p.kind AS varchar) AS identity_type, x.is_grantable AS admin_option
FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace CROSS JOIN LATERAL aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) x JOIN dw_principals p ON p.oid = x.grantee
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema');
GRANT SELECT ON pg_catalog.svv_function_privileges TO PUBLIC;
