-- "SVV_TABLES".
CREATE VIEW pg_catalog.svv_tables AS
SELECT CAST(current_database() AS varchar) AS table_catalog, CAST(nspname AS varchar) AS table_schema, CAST(relname AS varchar) AS table_name,
       CAST(CASE table_type WHEN 'TABLE' THEN 'BASE TABLE' ELSE table_type END AS varchar) AS table_type, CAST(remarks AS varchar) AS remarks
FROM dw_relations WHERE has_table_privilege(oid, 'SELECT') OR nspname = 'pg_catalog';
GRANT SELECT ON pg_catalog.svv_tables TO PUBLIC;
