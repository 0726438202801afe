-- "SVV_USER_INFO".
CREATE VIEW pg_catalog.svv_user_info AS
SELECT CAST(rolname AS varchar) AS user_name, CAST(oid AS integer) AS user_id, rolcreatedb AS createdb, rolsuper AS superuser, rolsuper AS catalog_update,
       CAST(CASE rolconnlimit WHEN -1 THEN 'UNLIMITED' ELSE CAST(rolconnlimit AS text) END AS varchar) AS connection_limit, CAST('RESTRICTED' AS varchar) AS syslog_access,
       CAST(NULL AS timestamp) AS last_ddl_timestamp, 0 AS session_timeout, CAST(NULL AS varchar) AS external_id
FROM pg_roles WHERE rolcanlogin AND rolname !~ '^(pg_|rdsdb$)';
GRANT SELECT ON pg_catalog.svv_user_info TO PUBLIC;
