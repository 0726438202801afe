-- "SVL_UDF_LOG": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_udf_log AS SELECT
    CAST(NULL AS bigint) AS "query",
    CAST(NULL AS char(4096)) AS "message",
    CAST(NULL AS timestamp) AS "created",
    CAST(NULL AS char(4096)) AS "traceback",
    CAST(NULL AS char(256)) AS "funcname",
    CAST(NULL AS integer) AS "node",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS integer) AS "seq"
WHERE false;
GRANT SELECT ON pg_catalog.svl_udf_log TO PUBLIC;
