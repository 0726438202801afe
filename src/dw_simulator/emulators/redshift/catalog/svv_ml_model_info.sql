-- "SVV_ML_MODEL_INFO": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_ml_model_info AS SELECT
    CAST(NULL AS char(128)) AS "schema_name",
    CAST(NULL AS char(128)) AS "user_name",
    CAST(NULL AS char(128)) AS "model_name",
    CAST(NULL AS char(20)) AS "life_cycle",
    CAST(NULL AS integer) AS "is_refreshable",
    CAST(NULL AS char(128)) AS "model_state"
WHERE false;
GRANT SELECT ON pg_catalog.svv_ml_model_info TO PUBLIC;
