-- "SVV_INTERLEAVED_COLUMNS": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_interleaved_columns AS SELECT
    CAST(NULL AS integer) AS "tbl",
    CAST(NULL AS integer) AS "col",
    CAST(NULL AS numeric) AS "interleaved_skew",
    CAST(NULL AS timestamp) AS "last_reindex"
WHERE false;
GRANT SELECT ON pg_catalog.svv_interleaved_columns TO PUBLIC;
