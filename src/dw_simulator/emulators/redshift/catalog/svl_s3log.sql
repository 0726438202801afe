-- "SVL_S3LOG": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_s3log AS SELECT
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "step",
    CAST(NULL AS integer) AS "node",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS timestamp) AS "eventtime",
    CAST(NULL AS varchar) AS "message"
WHERE false;
GRANT SELECT ON pg_catalog.svl_s3log TO PUBLIC;
