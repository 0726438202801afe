-- "SVV_EXTERNAL_COLUMNS": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_external_columns AS SELECT
    CAST(NULL AS varchar) AS "redshift_database_name",
    CAST(NULL AS varchar) AS "schemaname",
    CAST(NULL AS varchar) AS "tablename",
    CAST(NULL AS varchar) AS "columnname",
    CAST(NULL AS varchar) AS "external_type",
    CAST(NULL AS integer) AS "columnnum",
    CAST(NULL AS integer) AS "part_key",
    CAST(NULL AS varchar) AS "is_nullable"
WHERE false;
GRANT SELECT ON pg_catalog.svv_external_columns TO PUBLIC;
