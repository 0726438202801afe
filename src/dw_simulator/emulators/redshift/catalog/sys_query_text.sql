-- "SYS_QUERY_TEXT": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_query_text AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS integer) AS "session_id",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS timestamp) AS "end_time",
    CAST(NULL AS integer) AS "sequence",
    CAST(NULL AS char(200)) AS "text"
WHERE false;
GRANT SELECT ON pg_catalog.sys_query_text TO PUBLIC;
