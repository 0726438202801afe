-- "SVV_ROLE_GRANTS".
CREATE VIEW pg_catalog.svv_role_grants AS
SELECT CAST(u.oid AS integer) AS role_id, CAST(u.rolname AS varchar) AS role_name, CAST(r.oid AS integer) AS granted_role_id, CAST(r.rolname AS varchar) AS granted_role_name
FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member AND NOT u.rolcanlogin JOIN pg_roles r ON r.oid = m.roleid WHERE r.rolname !~ '^pg_';
GRANT SELECT ON pg_catalog.svv_role_grants TO PUBLIC;
