-- "STL_ANALYZE_COMPRESSION": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_analyze_compression AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "tbl",
    CAST(NULL AS char(128)) AS "tablename",
    CAST(NULL AS integer) AS "col",
    CAST(NULL AS char(15)) AS "old_encoding",
    CAST(NULL AS char(15)) AS "new_encoding",
    CAST(NULL AS char(14)) AS "mode",
    CAST(NULL AS char(15)) AS "best_compression_encoding",
    CAST(NULL AS char(15)) AS "recommended_encoding"
WHERE false;
GRANT SELECT ON pg_catalog.stl_analyze_compression TO PUBLIC;
