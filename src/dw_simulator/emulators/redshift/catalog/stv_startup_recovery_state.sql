-- "STV_STARTUP_RECOVERY_STATE": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_startup_recovery_state AS SELECT
    CAST(NULL AS integer) AS "db_id",
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS integer) AS "tbl_id",
    CAST(NULL AS char(137)) AS "table_name"
WHERE false;
GRANT SELECT ON pg_catalog.stv_startup_recovery_state TO PUBLIC;
