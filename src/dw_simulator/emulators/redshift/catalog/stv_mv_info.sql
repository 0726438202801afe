-- "STV_MV_INFO".
CREATE VIEW pg_catalog.stv_mv_info AS
SELECT CAST(current_database() AS char(128)) AS db_name, CAST(n.nspname AS char(128)) AS schema, CAST(c.relname AS char(128)) AS name, CAST(0 AS bigint) AS updated_upto_xid,
       CAST('f' AS char(1)) AS is_stale, CAST(pg_get_userbyid(c.relowner) AS char(128)) AS owner_user_name, 1 AS state, CAST(CASE WHEN t.autorefresh THEN 't' ELSE 'f' END AS char(1)) AS autorefresh, CAST('f' AS char(1)) AS autorewrite
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN dw_tables t ON t.relid = c.oid WHERE c.relkind = 'm';
GRANT SELECT ON pg_catalog.stv_mv_info TO PUBLIC;
