-- "STL_USAGE_CONTROL": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_usage_control AS SELECT
    CAST(NULL AS timestamp) AS "eventtime",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS char(40)) AS "usage_limit_id",
    CAST(NULL AS char(30)) AS "feature_type"
WHERE false;
GRANT SELECT ON pg_catalog.stl_usage_control TO PUBLIC;
