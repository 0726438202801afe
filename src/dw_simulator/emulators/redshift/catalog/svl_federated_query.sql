-- "SVL_FEDERATED_QUERY": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_federated_query AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS char(32)) AS "sourcetype",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS char(4000)) AS "querytext",
    CAST(NULL AS bigint) AS "num_rows",
    CAST(NULL AS bigint) AS "num_bytes",
    CAST(NULL AS bigint) AS "duration"
WHERE false;
GRANT SELECT ON pg_catalog.svl_federated_query TO PUBLIC;
