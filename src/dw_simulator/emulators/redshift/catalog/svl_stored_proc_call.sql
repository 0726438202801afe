-- "SVL_STORED_PROC_CALL": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_stored_proc_call AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "session_userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS char(320)) AS "label",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS char(32)) AS "database",
    CAST(NULL AS char(4000)) AS "querytxt",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS integer) AS "aborted",
    CAST(NULL AS integer) AS "from_sp_call"
WHERE false;
GRANT SELECT ON pg_catalog.svl_stored_proc_call TO PUBLIC;
