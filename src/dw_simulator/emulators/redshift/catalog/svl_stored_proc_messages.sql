-- "SVL_STORED_PROC_MESSAGES": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_stored_proc_messages AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "session_userid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS integer) AS "loglevel",
    CAST(NULL AS char(10)) AS "loglevel_text",
    CAST(NULL AS char(1024)) AS "message",
    CAST(NULL AS integer) AS "linenum",
    CAST(NULL AS char(500)) AS "querytext",
    CAST(NULL AS char(320)) AS "label",
    CAST(NULL AS integer) AS "aborted",
    CAST(NULL AS bigint) AS "message_xid"
WHERE false;
GRANT SELECT ON pg_catalog.svl_stored_proc_messages TO PUBLIC;
