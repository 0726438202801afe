-- "SVV_EXTERNAL_TABLES": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_external_tables AS SELECT
    CAST(NULL AS varchar) AS "redshift_database_name",
    CAST(NULL AS varchar) AS "schemaname",
    CAST(NULL AS varchar) AS "tablename",
    CAST(NULL AS varchar) AS "tabletype",
    CAST(NULL AS varchar) AS "location",
    CAST(NULL AS varchar) AS "input_format",
    CAST(NULL AS varchar) AS "output_format",
    CAST(NULL AS varchar) AS "serialization_lib",
    CAST(NULL AS varchar) AS "serde_parameters",
    CAST(NULL AS integer) AS "compressed",
    CAST(NULL AS varchar) AS "parameters"
WHERE false;
GRANT SELECT ON pg_catalog.svv_external_tables TO PUBLIC;
