-- "SVV_VACUUM_PROGRESS": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_vacuum_progress AS SELECT
    CAST(NULL AS varchar) AS "table_name",
    CAST(NULL AS varchar) AS "status",
    CAST(NULL AS varchar) AS "time_remaining_estimate"
WHERE false;
GRANT SELECT ON pg_catalog.svv_vacuum_progress TO PUBLIC;
