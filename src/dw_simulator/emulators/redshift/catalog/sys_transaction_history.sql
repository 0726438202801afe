-- "SYS_TRANSACTION_HISTORY": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_transaction_history AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS varchar) AS "isolation_level",
    CAST(NULL AS varchar) AS "status",
    CAST(NULL AS timestamp) AS "transaction_start_time",
    CAST(NULL AS timestamp) AS "commit_start_time",
    CAST(NULL AS timestamp) AS "commit_end_time",
    CAST(NULL AS integer) AS "blocks_committed",
    CAST(NULL AS timestamp) AS "undo_start_time",
    CAST(NULL AS timestamp) AS "undo_end_time"
WHERE false;
GRANT SELECT ON pg_catalog.sys_transaction_history TO PUBLIC;
