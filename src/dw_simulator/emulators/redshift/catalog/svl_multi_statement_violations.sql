-- "SVL_MULTI_STATEMENT_VIOLATIONS": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_multi_statement_violations AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS char(32)) AS "database",
    CAST(NULL AS char(25)) AS "cmdname",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS char(320)) AS "label",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS integer) AS "sequence",
    CAST(NULL AS varchar(10)) AS "type",
    CAST(NULL AS char(200)) AS "text"
WHERE false;
GRANT SELECT ON pg_catalog.svl_multi_statement_violations TO PUBLIC;
