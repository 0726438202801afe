-- "PG_USER_INFO".
CREATE VIEW pg_catalog.pg_user_info AS
SELECT rolname AS usename, CAST(oid AS integer) AS usesysid, rolcreatedb AS usecreatedb, rolsuper AS usesuper, rolsuper AS usecatupd,
       CAST('********' AS text) AS passwd, CAST(rolvaliduntil AS timestamp) AS valuntil, rolconfig AS useconfig,
       CAST(CASE rolconnlimit WHEN -1 THEN 'UNLIMITED' ELSE CAST(rolconnlimit AS text) END AS text) AS useconnlimit
FROM pg_roles WHERE rolcanlogin AND rolname !~ '^pg_';
GRANT SELECT ON pg_catalog.pg_user_info TO PUBLIC;
