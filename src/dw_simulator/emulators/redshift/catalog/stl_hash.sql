-- "STL_HASH": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_hash AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "step",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS integer) AS "tasknum",
    CAST(NULL AS bigint) AS "rows",
    CAST(NULL AS bigint) AS "bytes",
    CAST(NULL AS integer) AS "slots",
    CAST(NULL AS integer) AS "occupied",
    CAST(NULL AS integer) AS "maxlength",
    CAST(NULL AS integer) AS "tbl",
    CAST(NULL AS char(1)) AS "is_diskbased",
    CAST(NULL AS bigint) AS "workmem",
    CAST(NULL AS integer) AS "num_parts",
    CAST(NULL AS bigint) AS "est_rows",
    CAST(NULL AS integer) AS "num_blocks_permitted",
    CAST(NULL AS integer) AS "resizes",
    CAST(NULL AS bigint) AS "checksum",
    CAST(NULL AS integer) AS "runtime_filter_size",
    CAST(NULL AS integer) AS "max_runtime_filter_size"
WHERE false;
GRANT SELECT ON pg_catalog.stl_hash TO PUBLIC;
