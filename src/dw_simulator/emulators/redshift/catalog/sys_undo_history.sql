-- "SYS_UNDO_HISTORY": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_undo_history AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS bigint) AS "undo_transaction_id",
    CAST(NULL AS timestamp) AS "undo_start_time",
    CAST(NULL AS timestamp) AS "undo_end_time",
    CAST(NULL AS bigint) AS "table_id"
WHERE false;
GRANT SELECT ON pg_catalog.sys_undo_history TO PUBLIC;
