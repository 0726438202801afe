-- "SVV_EXTERNAL_DATABASES": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_external_databases AS SELECT
    CAST(NULL AS integer) AS "eskind",
    CAST(NULL AS varchar) AS "databasename",
    CAST(NULL AS varchar) AS "esoptions"
WHERE false;
GRANT SELECT ON pg_catalog.svv_external_databases TO PUBLIC;
