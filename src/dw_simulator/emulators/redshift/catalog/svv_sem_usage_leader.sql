-- "SVV_SEM_USAGE_LEADER": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_sem_usage_leader AS SELECT
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS char(30)) AS "sem_kind",
    CAST(NULL AS integer) AS "used"
WHERE false;
GRANT SELECT ON pg_catalog.svv_sem_usage_leader TO PUBLIC;
