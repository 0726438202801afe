-- "SVL_AUTO_WORKER_ACTION": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_auto_worker_action AS SELECT
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS char(32)) AS "type",
    CAST(NULL AS char(128)) AS "status",
    CAST(NULL AS timestamp) AS "eventtime",
    CAST(NULL AS integer) AS "sequence",
    CAST(NULL AS char(200)) AS "previous_state"
WHERE false;
GRANT SELECT ON pg_catalog.svl_auto_worker_action TO PUBLIC;
