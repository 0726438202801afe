-- "SVV_EXTERNAL_SCHEMAS": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_external_schemas AS SELECT
    CAST(NULL AS integer) AS "esoid",
    CAST(NULL AS integer) AS "eskind",
    CAST(NULL AS varchar) AS "schemaname",
    CAST(NULL AS integer) AS "esowner",
    CAST(NULL AS varchar) AS "databasename",
    CAST(NULL AS varchar) AS "esoptions"
WHERE false;
GRANT SELECT ON pg_catalog.svv_external_schemas TO PUBLIC;
