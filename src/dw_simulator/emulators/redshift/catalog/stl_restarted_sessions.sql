-- "STL_RESTARTED_SESSIONS": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_restarted_sessions AS SELECT
    CAST(NULL AS timestamp) AS "currenttime",
    CAST(NULL AS char(50)) AS "dbname",
    CAST(NULL AS integer) AS "newpid",
    CAST(NULL AS integer) AS "oldpid",
    CAST(NULL AS char(50)) AS "username",
    CAST(NULL AS char(45)) AS "remotehost",
    CAST(NULL AS char(32)) AS "remoteport",
    CAST(NULL AS timestamp) AS "parkedtime",
    CAST(NULL AS char(2000)) AS "session_vars"
WHERE false;
GRANT SELECT ON pg_catalog.stl_restarted_sessions TO PUBLIC;
