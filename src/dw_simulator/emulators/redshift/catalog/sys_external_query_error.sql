-- "SYS_EXTERNAL_QUERY_ERROR": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_external_query_error AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS char(256)) AS "file_location",
    CAST(NULL AS char(128)) AS "rowid",
    CAST(NULL AS char(128)) AS "column_name",
    CAST(NULL AS char(128)) AS "original_value",
    CAST(NULL AS char(128)) AS "modified_value",
    CAST(NULL AS varchar) AS "trigger",
    CAST(NULL AS varchar) AS "action",
    CAST(NULL AS varchar) AS "action_value",
    CAST(NULL AS integer) AS "error_code"
WHERE false;
GRANT SELECT ON pg_catalog.sys_external_query_error TO PUBLIC;
