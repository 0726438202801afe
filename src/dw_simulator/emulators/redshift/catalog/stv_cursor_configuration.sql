-- "STV_CURSOR_CONFIGURATION": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_cursor_configuration AS SELECT
    CAST(NULL AS integer) AS "current_cursor_count",
    CAST(NULL AS integer) AS "max_diskspace_usable",
    CAST(NULL AS integer) AS "current_diskspace_used"
WHERE false;
GRANT SELECT ON pg_catalog.stv_cursor_configuration TO PUBLIC;
