-- "SVV_REDSHIFT_DATABASES".
CREATE VIEW pg_catalog.svv_redshift_databases AS
SELECT CAST(datname AS varchar(128)) AS database_name, CAST(datdba AS integer) AS database_owner, CAST('local' AS varchar(32)) AS database_type,
       CAST(array_to_string(datacl, '~') AS varchar(128)) AS database_acl, CAST(NULL AS varchar(128)) AS database_options, CAST('Snapshot Isolation' AS varchar(128)) AS database_isolation_level
FROM pg_database WHERE datallowconn AND datname NOT IN ('template1', 'postgres');
GRANT SELECT ON pg_catalog.svv_redshift_databases TO PUBLIC;
