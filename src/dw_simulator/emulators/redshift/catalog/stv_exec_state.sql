-- "STV_EXEC_STATE": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_exec_state AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "step",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "currenttime",
    CAST(NULL AS integer) AS "tasknum",
    CAST(NULL AS bigint) AS "rows",
    CAST(NULL AS bigint) AS "bytes",
    CAST(NULL AS char(256)) AS "label",
    CAST(NULL AS char(1)) AS "is_diskbased",
    CAST(NULL AS bigint) AS "workmem",
    CAST(NULL AS integer) AS "num_parts",
    CAST(NULL AS char(1)) AS "is_rrscan",
    CAST(NULL AS char(1)) AS "is_delayed_scan"
WHERE false;
GRANT SELECT ON pg_catalog.stv_exec_state TO PUBLIC;
