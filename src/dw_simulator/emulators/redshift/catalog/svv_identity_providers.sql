-- "SVV_IDENTITY_PROVIDERS": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_identity_providers AS SELECT
    CAST(NULL AS integer) AS "uid",
    CAST(NULL AS varchar) AS "name",
    CAST(NULL AS varchar) AS "type",
    CAST(NULL AS varchar) AS "instanceid",
    CAST(NULL AS varchar) AS "namespc",
    CAST(NULL AS varchar) AS "params",
    CAST(NULL AS boolean) AS "enabled"
WHERE false;
GRANT SELECT ON pg_catalog.svv_identity_providers TO PUBLIC;
