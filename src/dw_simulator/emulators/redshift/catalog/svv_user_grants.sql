-- "SVV_USER_GRANTS".
CREATE VIEW pg_catalog.svv_user_grants AS
SELECT CAST(u.oid AS integer) AS user_id, CAST(u.rolname AS varchar) AS user_name, CAST(r.oid AS integer) AS role_id, CAST(r.rolname AS varchar) AS role_name, m.admin_option
FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member AND u.rolcanlogin JOIN pg_roles r ON r.oid = m.roleid WHERE r.rolname !~ '^pg_';
GRANT SELECT ON pg_catalog.svv_user_grants TO PUBLIC;
