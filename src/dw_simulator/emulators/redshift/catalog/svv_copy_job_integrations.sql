-- "SVV_COPY_JOB_INTEGRATIONS": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_copy_job_integrations AS SELECT
    CAST(NULL AS varchar) AS "copy_job_name",
    CAST(NULL AS bigint) AS "copy_job_id",
    CAST(NULL AS varchar) AS "data_source",
    CAST(NULL AS varchar) AS "integration_id"
WHERE false;
GRANT SELECT ON pg_catalog.svv_copy_job_integrations TO PUBLIC;
