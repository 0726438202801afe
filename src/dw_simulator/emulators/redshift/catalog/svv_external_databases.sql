-- "SVV_EXTERNAL_DATABASES". Kind 1: a data catalog.
CREATE VIEW pg_catalog.svv_external_databases AS
SELECT DISTINCT 1 AS "eskind", CAST(s.database_name AS varchar) AS "databasename", CAST(s.options AS varchar) AS "esoptions"
FROM dw_external_schemas s JOIN pg_namespace n ON n.oid = s.schema_oid;
GRANT SELECT ON pg_catalog.svv_external_databases TO PUBLIC;
