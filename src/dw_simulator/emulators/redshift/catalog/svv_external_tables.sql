-- "SVV_EXTERNAL_TABLES".
CREATE VIEW pg_catalog.svv_external_tables AS
SELECT CAST(current_database() AS varchar) AS "redshift_database_name", CAST(nspname AS varchar) AS "schemaname", CAST(relname AS varchar) AS "tablename",
       CAST('EXTERNAL TABLE' AS varchar) AS "tabletype", CAST(definition ->> 'location' AS varchar) AS "location",
       CAST(definition ->> 'input_format' AS varchar) AS "input_format", CAST(definition ->> 'output_format' AS varchar) AS "output_format",
       CAST(definition ->> 'serde' AS varchar) AS "serialization_lib", CAST(CAST(definition -> 'serde_properties' AS text) AS varchar) AS "serde_parameters",
       0 AS "compressed", CAST(CAST(definition -> 'properties' AS text) AS varchar) AS "parameters"
FROM dw_external;
GRANT SELECT ON pg_catalog.svv_external_tables TO PUBLIC;
