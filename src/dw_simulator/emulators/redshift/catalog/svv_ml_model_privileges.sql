-- "SVV_ML_MODEL_PRIVILEGES": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_ml_model_privileges AS SELECT
    CAST(NULL AS varchar) AS "namespace_name",
    CAST(NULL AS varchar) AS "model_name",
    CAST(NULL AS integer) AS "model_version",
    CAST(NULL AS varchar) AS "privilege_type",
    CAST(NULL AS integer) AS "identity_id",
    CAST(NULL AS varchar) AS "identity_name",
    CAST(NULL AS varchar) AS "identity_type",
    CAST(NULL AS boolean) AS "admin_option"
WHERE false;
GRANT SELECT ON pg_catalog.svv_ml_model_privileges TO PUBLIC;
