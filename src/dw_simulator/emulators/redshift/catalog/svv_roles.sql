-- "SVV_ROLES".
CREATE VIEW pg_catalog.svv_roles AS
SELECT CAST(oid AS integer) AS role_id, CAST(rolname AS varchar) AS role_name, CAST('awsuser' AS varchar) AS role_owner, CAST(NULL AS varchar) AS external_id
FROM pg_roles WHERE NOT rolcanlogin AND rolname !~ '^pg_';
GRANT SELECT ON pg_catalog.svv_roles TO PUBLIC;
