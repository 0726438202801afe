-- "STV_RECENTS".
CREATE VIEW pg_catalog.stv_recents AS
SELECT usesysid::integer AS userid, CAST(CASE state WHEN 'active' THEN 'Running' ELSE 'Done' END AS char(20)) AS status, CAST(query_start AS timestamp) AS starttime,
       CAST(extract(epoch FROM CASE state WHEN 'active' THEN clock_timestamp() ELSE state_change END - query_start) * 1000000 AS bigint) AS duration,
       CAST(usename AS char(50)) AS user_name, CAST(datname AS char(50)) AS db_name, CAST(query AS char(600)) AS query, CASE state WHEN 'active' THEN pid ELSE -1 END AS pid
FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> 'dw-simulator' AND query <> '';
GRANT SELECT ON pg_catalog.stv_recents TO PUBLIC;
