-- "STL_UNDONE": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_undone AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS bigint) AS "xact_id",
    CAST(NULL AS bigint) AS "xact_id_undone",
    CAST(NULL AS timestamp) AS "undo_start_ts",
    CAST(NULL AS timestamp) AS "undo_end_ts",
    CAST(NULL AS bigint) AS "table_id"
WHERE false;
GRANT SELECT ON pg_catalog.stl_undone TO PUBLIC;
