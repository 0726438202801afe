-- "STL_SSHCLIENT_ERROR": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_sshclient_error AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS char(1024)) AS "ssh_username",
    CAST(NULL AS char(1024)) AS "endpoint",
    CAST(NULL AS char(4096)) AS "command",
    CAST(NULL AS char(1024)) AS "error"
WHERE false;
GRANT SELECT ON pg_catalog.stl_sshclient_error TO PUBLIC;
