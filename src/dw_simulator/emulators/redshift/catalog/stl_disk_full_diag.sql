-- "STL_DISK_FULL_DIAG": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_disk_full_diag AS SELECT
    CAST(NULL AS bigint) AS "currenttime",
    CAST(NULL AS bigint) AS "node_num",
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS bigint) AS "temp_blocks"
WHERE false;
GRANT SELECT ON pg_catalog.stl_disk_full_diag TO PUBLIC;
