-- "SVV_ALL_SCHEMAS".
CREATE VIEW pg_catalog.svv_all_schemas AS
SELECT CAST(current_database() AS varchar(128)) AS database_name, CAST(nspname AS varchar(128)) AS schema_name, CAST(nspowner AS integer) AS schema_owner,
       CAST('local' AS varchar(128)) AS schema_type, CAST(array_to_string(nspacl, '~') AS varchar(128)) AS schema_acl, CAST(NULL AS varchar(128)) AS source_database, CAST(NULL AS varchar(128)) AS schema_option
FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp_|toast_temp_)';
GRANT SELECT ON pg_catalog.svv_all_schemas TO PUBLIC;
