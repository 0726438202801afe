-- "SVV_RLS_ATTACHED_POLICY": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_rls_attached_policy AS SELECT
    CAST(NULL AS varchar) AS "relschema",
    CAST(NULL AS varchar) AS "relname",
    CAST(NULL AS varchar) AS "relkind",
    CAST(NULL AS varchar) AS "polname",
    CAST(NULL AS varchar) AS "grantor",
    CAST(NULL AS varchar) AS "grantee",
    CAST(NULL AS varchar) AS "granteekind",
    CAST(NULL AS boolean) AS "is_pol_on",
    CAST(NULL AS boolean) AS "is_rls_on",
    CAST(NULL AS char(3)) AS "rls_conjunction_type"
WHERE false;
GRANT SELECT ON pg_catalog.svv_rls_attached_policy TO PUBLIC;
