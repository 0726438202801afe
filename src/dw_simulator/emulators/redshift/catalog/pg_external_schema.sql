-- "PG_EXTERNAL_SCHEMA". Kind 1: a data catalog.
CREATE VIEW pg_catalog.pg_external_schema AS
SELECT s.schema_oid AS "esoid", CAST(1 AS smallint) AS "eskind", CAST(s.database_name AS varchar) AS "esdbname", CAST(s.options AS varchar) AS "esoptions"
FROM dw_external_schemas s JOIN pg_namespace n ON n.oid = s.schema_oid;
GRANT SELECT ON pg_catalog.pg_external_schema TO PUBLIC;
