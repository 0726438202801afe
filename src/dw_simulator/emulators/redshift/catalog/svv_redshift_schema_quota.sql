-- "SVV_REDSHIFT_SCHEMA_QUOTA": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_redshift_schema_quota AS SELECT
    CAST(NULL AS varchar) AS "database_name",
    CAST(NULL AS varchar) AS "schema_name",
    CAST(NULL AS integer) AS "schema_owner",
    CAST(NULL AS integer) AS "quota",
    CAST(NULL AS integer) AS "disk_usage",
    CAST(NULL AS numeric) AS "disk_usage_pct"
WHERE false;
GRANT SELECT ON pg_catalog.svv_redshift_schema_quota TO PUBLIC;
