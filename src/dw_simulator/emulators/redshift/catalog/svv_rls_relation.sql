-- "SVV_RLS_RELATION": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_rls_relation AS SELECT
    CAST(NULL AS varchar) AS "datname",
    CAST(NULL AS varchar) AS "relschema",
    CAST(NULL AS varchar) AS "relname",
    CAST(NULL AS varchar) AS "relkind",
    CAST(NULL AS boolean) AS "is_rls_on",
    CAST(NULL AS boolean) AS "is_rls_datashare_on",
    CAST(NULL AS char(3)) AS "rls_conjunction_type",
    CAST(NULL AS char(3)) AS "rls_datashare_conjunction_type"
WHERE false;
GRANT SELECT ON pg_catalog.svv_rls_relation TO PUBLIC;
