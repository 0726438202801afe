-- "SVV_EXTERNAL_PARTITIONS".
CREATE VIEW pg_catalog.svv_external_partitions AS
SELECT CAST(nspname AS varchar) AS "schemaname", CAST(relname AS varchar) AS "tablename", CAST(p.partition_values AS varchar) AS "values",
       CAST(p.location AS varchar) AS "location", CAST(definition ->> 'input_format' AS varchar) AS "input_format",
       CAST(definition ->> 'output_format' AS varchar) AS "output_format", CAST(definition ->> 'serde' AS varchar) AS "serialization_lib",
       CAST(CAST(definition -> 'serde_properties' AS text) AS varchar) AS "serde_parameters", 0 AS "compressed",
       CAST(CAST(definition -> 'properties' AS text) AS varchar) AS "parameters"
FROM dw_external e JOIN dw_external_partitions p USING (relid);
GRANT SELECT ON pg_catalog.svv_external_partitions TO PUBLIC;
