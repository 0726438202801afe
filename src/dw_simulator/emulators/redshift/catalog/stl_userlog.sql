-- "STL_USERLOG": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_userlog AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS char(50)) AS "username",
    CAST(NULL AS char(50)) AS "oldusername",
    CAST(NULL AS char(10)) AS "action",
    CAST(NULL AS integer) AS "usecreatedb",
    CAST(NULL AS integer) AS "usesuper",
    CAST(NULL AS integer) AS "usecatupd",
    CAST(NULL AS timestamp) AS "valuntil",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS timestamp) AS "recordtime"
WHERE false;
GRANT SELECT ON pg_catalog.stl_userlog TO PUBLIC;
