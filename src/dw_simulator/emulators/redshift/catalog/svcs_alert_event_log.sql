-- "SVCS_ALERT_EVENT_LOG": the emulator records nothing here.
CREATE VIEW pg_catalog.svcs_alert_event_log AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "step",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS char(1024)) AS "event",
    CAST(NULL AS char(1024)) AS "solution",
    CAST(NULL AS timestamp) AS "event_time"
WHERE false;
GRANT SELECT ON pg_catalog.svcs_alert_event_log TO PUBLIC;
