-- "SVV_REDSHIFT_TABLES".
CREATE VIEW pg_catalog.svv_redshift_tables AS
SELECT CAST(current_database() AS varchar(128)) AS database_name, CAST(nspname AS varchar(128)) AS schema_name, CAST(relname AS varchar(128)) AS table_name,
       CAST(table_type AS varchar(128)) AS table_type, CAST(array_to_string(relacl, '~') AS varchar(256)) AS table_acl, CAST(remarks AS varchar(128)) AS remarks
FROM dw_relations WHERE nspname <> 'pg_catalog';
GRANT SELECT ON pg_catalog.svv_redshift_tables TO PUBLIC;
