-- "SVV_RLS_POLICY": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_rls_policy AS SELECT
    CAST(NULL AS varchar) AS "poldb",
    CAST(NULL AS varchar) AS "polname",
    CAST(NULL AS varchar) AS "polalias",
    CAST(NULL AS varchar) AS "polatts",
    CAST(NULL AS varchar) AS "polqual",
    CAST(NULL AS boolean) AS "polenabled",
    CAST(NULL AS varchar) AS "polmodifiedby",
    CAST(NULL AS timestamp) AS "polmodifiedtime"
WHERE false;
GRANT SELECT ON pg_catalog.svv_rls_policy TO PUBLIC;
