-- "STV_WLM_QMR_CONFIG": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_wlm_qmr_config AS SELECT
    CAST(NULL AS integer) AS "service_class",
    CAST(NULL AS char(256)) AS "rule_name",
    CAST(NULL AS char(256)) AS "action",
    CAST(NULL AS char(256)) AS "metric_name",
    CAST(NULL AS char(256)) AS "metric_operator",
    CAST(NULL AS double precision) AS "metric_value",
    CAST(NULL AS char(256)) AS "action_value"
WHERE false;
GRANT SELECT ON pg_catalog.stv_wlm_qmr_config TO PUBLIC;
