-- "SYS_CONNECTION_LOG": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_connection_log AS SELECT
    CAST(NULL AS char(50)) AS "event",
    CAST(NULL AS timestamp) AS "record_time",
    CAST(NULL AS char(45)) AS "remote_host",
    CAST(NULL AS char(32)) AS "remote_port",
    CAST(NULL AS integer) AS "session_id",
    CAST(NULL AS char(50)) AS "database_name",
    CAST(NULL AS char(50)) AS "user_name",
    CAST(NULL AS char(32)) AS "auth_method",
    CAST(NULL AS integer) AS "duration",
    CAST(NULL AS char(50)) AS "ssl_version",
    CAST(NULL AS char(128)) AS "ssl_cipher",
    CAST(NULL AS integer) AS "mtu",
    CAST(NULL AS char(64)) AS "ssl_compression",
    CAST(NULL AS char(64)) AS "ssl_expansion",
    CAST(NULL AS char(36)) AS "iam_auth_guid",
    CAST(NULL AS char(250)) AS "application_name",
    CAST(NULL AS char(64)) AS "driver_version",
    CAST(NULL AS char(64)) AS "os_version",
    CAST(NULL AS char(32)) AS "plugin_name",
    CAST(NULL AS integer) AS "protocol_version",
    CAST(NULL AS char(36)) AS "global_session_id",
    CAST(NULL AS char(8)) AS "compression"
WHERE false;
GRANT SELECT ON pg_catalog.sys_connection_log TO PUBLIC;
