-- "SVV_EXTERNAL_COLUMNS". Partition columns have their position among the partition columns as key.
CREATE VIEW pg_catalog.svv_external_columns AS
SELECT CAST(current_database() AS varchar) AS "redshift_database_name", CAST(nspname AS varchar) AS "schemaname", CAST(relname AS varchar) AS "tablename",
       CAST(c ->> 'name' AS varchar) AS "columnname", CAST(c ->> 'external_type' AS varchar) AS "external_type", CAST(number AS integer) AS "columnnum",
       CAST(greatest(number - jsonb_array_length(definition -> 'columns'), 0) AS integer) AS "part_key", CAST('' AS varchar) AS "is_nullable"
FROM dw_external, jsonb_array_elements((definition -> 'columns') || (definition -> 'partitions')) WITH ORDINALITY u(c, number);
GRANT SELECT ON pg_catalog.svv_external_columns TO PUBLIC;
