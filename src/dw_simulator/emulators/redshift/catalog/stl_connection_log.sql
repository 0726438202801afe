-- "STL_CONNECTION_LOG": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_connection_log AS SELECT
    CAST(NULL AS char(50)) AS "event",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS char(45)) AS "remotehost",
    CAST(NULL AS char(32)) AS "remoteport",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS char(50)) AS "dbname",
    CAST(NULL AS char(50)) AS "username",
    CAST(NULL AS char(32)) AS "authmethod",
    CAST(NULL AS integer) AS "duration",
    CAST(NULL AS char(50)) AS "sslversion",
    CAST(NULL AS char(128)) AS "sslcipher",
    CAST(NULL AS integer) AS "mtu",
    CAST(NULL AS char(64)) AS "sslcompression",
    CAST(NULL AS char(64)) AS "sslexpansion",
    CAST(NULL AS char(36)) AS "iamauthguid",
    CAST(NULL AS char(250)) AS "application_name",
    CAST(NULL AS char(64)) AS "driver_version",
    CAST(NULL AS char(64)) AS "os_version",
    CAST(NULL AS char(32)) AS "plugin_name",
    CAST(NULL AS integer) AS "protocol_version",
    CAST(NULL AS char(36)) AS "sessionid",
    CAST(NULL AS char(8)) AS "compression"
WHERE false;
GRANT SELECT ON pg_catalog.stl_connection_log TO PUBLIC;
