-- "STV_SESSIONS".
CREATE VIEW pg_catalog.stv_sessions AS
SELECT CAST(backend_start AS timestamp) AS starttime, pid AS process, CAST(usename AS char(50)) AS user_name, CAST(datname AS char(50)) AS db_name, 0 AS timeout_sec
FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> 'dw-simulator';
GRANT SELECT ON pg_catalog.stv_sessions TO PUBLIC;
