-- "SVV_SYSTEM_PRIVILEGES": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_system_privileges AS SELECT
    CAST(NULL AS varchar) AS "system_privilege",
    CAST(NULL AS integer) AS "identity_id",
    CAST(NULL AS varchar) AS "identity_name",
    CAST(NULL AS varchar) AS "identity_type"
WHERE false;
GRANT SELECT ON pg_catalog.svv_system_privileges TO PUBLIC;
