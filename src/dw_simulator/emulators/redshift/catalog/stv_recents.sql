-- "STV_RECENTS".
CREATE VIEW pg_catalog.stv_recents AS
SELECT user_id AS userid, CAST(CASE WHEN end_time IS NULL THEN 'Running' ELSE 'Done' END AS char(20)) AS status, start_time AS starttime,
       CAST(extract(epoch FROM coalesce(end_time, CAST(clock_timestamp() AT TIME ZONE 'UTC' AS timestamp)) - start_time) * 1000000 AS bigint) AS duration,
       CAST(user_name AS char(50)) AS user_name, CAST(current_database() AS char(50)) AS db_name, CAST(query_text AS char(600)) AS query,
       CASE WHEN end_time IS NULL THEN pid ELSE -1 END AS pid
FROM (SELECT * FROM dw_queries ORDER BY query_id DESC LIMIT 100) q;
GRANT SELECT ON pg_catalog.stv_recents TO PUBLIC;
