-- "STL_SESSIONS": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_sessions AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS integer) AS "process",
    CAST(NULL AS char(50)) AS "user_name",
    CAST(NULL AS char(50)) AS "db_name",
    CAST(NULL AS integer) AS "timeout_sec",
    CAST(NULL AS integer) AS "timed_out"
WHERE false;
GRANT SELECT ON pg_catalog.stl_sessions TO PUBLIC;
