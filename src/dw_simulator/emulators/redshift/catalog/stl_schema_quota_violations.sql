-- "STL_SCHEMA_QUOTA_VIOLATIONS": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_schema_quota_violations AS SELECT
    CAST(NULL AS integer) AS "ownerid",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "schema_id",
    CAST(NULL AS char(128)) AS "schema_name",
    CAST(NULL AS integer) AS "quota",
    CAST(NULL AS integer) AS "disk_usage",
    CAST(NULL AS numeric) AS "disk_usage_pct",
    CAST(NULL AS timestamp) AS "timestamp"
WHERE false;
GRANT SELECT ON pg_catalog.stl_schema_quota_violations TO PUBLIC;
