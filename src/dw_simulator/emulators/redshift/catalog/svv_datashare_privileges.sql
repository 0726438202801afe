-- "SVV_DATASHARE_PRIVILEGES": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_datashare_privileges AS SELECT
    CAST(NULL AS varchar) AS "datashare_name",
    CAST(NULL AS varchar) AS "privilege_type",
    CAST(NULL AS integer) AS "identity_id",
    CAST(NULL AS varchar) AS "identity_name",
    CAST(NULL AS varchar) AS "identity_type",
    CAST(NULL AS boolean) AS "admin_option"
WHERE false;
GRANT SELECT ON pg_catalog.svv_datashare_privileges TO PUBLIC;
