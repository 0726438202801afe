-- "STV_WLM_CLASSIFICATION_CONFIG": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_wlm_classification_config AS SELECT
    CAST(NULL AS integer) AS "id",
    CAST(NULL AS char(128)) AS "condition",
    CAST(NULL AS integer) AS "action_seq",
    CAST(NULL AS char(64)) AS "action",
    CAST(NULL AS integer) AS "action_service_class"
WHERE false;
GRANT SELECT ON pg_catalog.stv_wlm_classification_config TO PUBLIC;
