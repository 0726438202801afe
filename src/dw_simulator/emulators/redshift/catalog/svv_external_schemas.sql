-- "SVV_EXTERNAL_SCHEMAS". Kind 1: a data catalog.
CREATE VIEW pg_catalog.svv_external_schemas AS
SELECT CAST(CAST(s.schema_oid AS bigint) AS integer) AS "esoid", 1 AS "eskind", CAST(n.nspname AS varchar) AS "schemaname",
       CAST(CAST(n.nspowner AS bigint) AS integer) AS "esowner", CAST(s.database_name AS varchar) AS "databasename", CAST(s.options AS varchar) AS "esoptions"
FROM dw_external_schemas s JOIN pg_namespace n ON n.oid = s.schema_oid;
GRANT SELECT ON pg_catalog.svv_external_schemas TO PUBLIC;
