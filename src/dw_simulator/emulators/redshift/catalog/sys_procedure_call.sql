-- "SYS_PROCEDURE_CALL": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_procedure_call AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS integer) AS "session_user_id",
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS char(4000)) AS "query_text",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS timestamp) AS "end_time",
    CAST(NULL AS char(10)) AS "status",
    CAST(NULL AS bigint) AS "caller_procedure_query_id"
WHERE false;
GRANT SELECT ON pg_catalog.sys_procedure_call TO PUBLIC;
