-- "SYS_SCHEMA_QUOTA_VIOLATIONS": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_schema_quota_violations AS SELECT
    CAST(NULL AS integer) AS "owner_id",
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS integer) AS "session_id",
    CAST(NULL AS integer) AS "schema_id",
    CAST(NULL AS char(128)) AS "schema_name",
    CAST(NULL AS integer) AS "quota",
    CAST(NULL AS integer) AS "disk_usage",
    CAST(NULL AS timestamp) AS "record_time"
WHERE false;
GRANT SELECT ON pg_catalog.sys_schema_quota_violations TO PUBLIC;
