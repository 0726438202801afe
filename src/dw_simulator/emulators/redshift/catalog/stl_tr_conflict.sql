-- "STL_TR_CONFLICT": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_tr_conflict AS SELECT
    CAST(NULL AS bigint) AS "xact_id",
    CAST(NULL AS integer) AS "process_id",
    CAST(NULL AS timestamp) AS "xact_start_ts",
    CAST(NULL AS timestamp) AS "abort_time",
    CAST(NULL AS bigint) AS "table_id"
WHERE false;
GRANT SELECT ON pg_catalog.stl_tr_conflict TO PUBLIC;
