-- "SVV_LANGUAGE_PRIVILEGES".
CREATE VIEW pg_catalog.svv_language_privileges AS
SELECT CAST(l.lanname AS varchar) AS language_name, CAST(x.privilege_type AS varchar) AS privilege_type, CAST(x.grantee AS integer) AS identity_id,
       CAST(p.rolname AS varchar) AS identity_name, CAST(p.kind AS varchar) AS identity_type, x.is_grantable AS admin_option
FROM pg_language l CROSS JOIN LATERAL aclexplode(coalesce(l.lanacl, acldefault('l', l.lanowner))) x JOIN dw_principals p ON p.oid = x.grantee WHERE l.lanname IN ('sql', 'plpgsql');
GRANT SELECT ON pg_catalog.svv_language_privileges TO PUBLIC;
