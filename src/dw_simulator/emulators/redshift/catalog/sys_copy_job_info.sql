-- "SYS_COPY_JOB_INFO": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_copy_job_info AS SELECT
    CAST(NULL AS bigint) AS "job_id",
    CAST(NULL AS varchar) AS "database_name",
    CAST(NULL AS varchar) AS "schema_name",
    CAST(NULL AS varchar) AS "table_name",
    CAST(NULL AS varchar) AS "status"
WHERE false;
GRANT SELECT ON pg_catalog.sys_copy_job_info TO PUBLIC;
