-- "SYS_UDF_LOG": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_udf_log AS SELECT
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS varchar) AS "message",
    CAST(NULL AS timestamp) AS "record_time",
    CAST(NULL AS varchar) AS "traceback",
    CAST(NULL AS char(256)) AS "function_name",
    CAST(NULL AS integer) AS "node_id",
    CAST(NULL AS integer) AS "slice_id",
    CAST(NULL AS integer) AS "sequence"
WHERE false;
GRANT SELECT ON pg_catalog.sys_udf_log TO PUBLIC;
