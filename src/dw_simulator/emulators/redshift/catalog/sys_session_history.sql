-- "SYS_SESSION_HISTORY": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_session_history AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS integer) AS "session_id",
    CAST(NULL AS char(128)) AS "database_name",
    CAST(NULL AS char(10)) AS "status",
    CAST(NULL AS integer) AS "session_timeout",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS timestamp) AS "end_time"
WHERE false;
GRANT SELECT ON pg_catalog.sys_session_history TO PUBLIC;
