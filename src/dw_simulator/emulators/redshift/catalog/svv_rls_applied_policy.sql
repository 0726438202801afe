-- "SVV_RLS_APPLIED_POLICY": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_rls_applied_policy AS SELECT
    CAST(NULL AS varchar) AS "username",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS char(1)) AS "command",
    CAST(NULL AS varchar) AS "datname",
    CAST(NULL AS varchar) AS "relschema",
    CAST(NULL AS varchar) AS "relname",
    CAST(NULL AS varchar) AS "polname",
    CAST(NULL AS char(1)) AS "poldefault"
WHERE false;
GRANT SELECT ON pg_catalog.svv_rls_applied_policy TO PUBLIC;
