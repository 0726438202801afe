-- "SYS_COPY_JOB_DETAIL": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_copy_job_detail AS SELECT
    CAST(NULL AS bigint) AS "job_id",
    CAST(NULL AS varchar) AS "file_name",
    CAST(NULL AS bigint) AS "file_size",
    CAST(NULL AS varchar) AS "status",
    CAST(NULL AS timestamp) AS "load_time"
WHERE false;
GRANT SELECT ON pg_catalog.sys_copy_job_detail TO PUBLIC;
