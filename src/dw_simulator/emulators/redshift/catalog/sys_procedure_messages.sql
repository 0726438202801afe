-- "SYS_PROCEDURE_MESSAGES": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_procedure_messages AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS integer) AS "session_id",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS timestamp) AS "record_time",
    CAST(NULL AS char(10)) AS "log_level",
    CAST(NULL AS char(1024)) AS "message",
    CAST(NULL AS integer) AS "line_number"
WHERE false;
GRANT SELECT ON pg_catalog.sys_procedure_messages TO PUBLIC;
