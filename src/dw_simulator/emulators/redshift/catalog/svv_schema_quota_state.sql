-- "SVV_SCHEMA_QUOTA_STATE": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_schema_quota_state AS SELECT
    CAST(NULL AS integer) AS "schema_id",
    CAST(NULL AS char(128)) AS "schema_name",
    CAST(NULL AS integer) AS "schema_owner",
    CAST(NULL AS integer) AS "quota",
    CAST(NULL AS integer) AS "disk_usage",
    CAST(NULL AS numeric) AS "disk_usage_pct"
WHERE false;
GRANT SELECT ON pg_catalog.svv_schema_quota_state TO PUBLIC;
