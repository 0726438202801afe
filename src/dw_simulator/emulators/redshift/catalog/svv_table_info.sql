-- "SVV_TABLE_INFO".
CREATE VIEW pg_catalog.svv_table_info AS
SELECT CAST(current_database() AS varchar) AS database, CAST(r.nspname AS varchar) AS schema, r.oid AS table_id, CAST(r.relname AS varchar) AS "table",
       CAST(CASE WHEN EXISTS (SELECT FROM dw_columns c WHERE c.relid = r.oid AND c.encoding IS NOT NULL) THEN 'Y' ELSE 'Y, AUTO(ENCODE)' END AS varchar) AS encoded,
       -- "CREATE MATERIALIZED VIEW": the default distribution style is EVEN.
       CAST(coalesce(dw_diststyle(r.oid), 'EVEN') AS varchar) AS diststyle,
       CAST(CASE WHEN t.sortstyle = 'interleaved' THEN 'INTERLEAVED' WHEN k.attname IS NULL THEN 'AUTO(SORTKEY)' ELSE CAST(k.attname AS text) END AS varchar) AS sortkey1,
       coalesce((SELECT max(dw_length(a.atttypid, a.atttypmod)) FROM pg_attribute a WHERE a.attrelid = r.oid AND a.atttypid IN (1043, 9001)), 0) AS max_varchar,
       CAST(CASE WHEN k.attname IS NOT NULL THEN dw_encoding(r.oid, k.attnum, k.atttypid) END AS char(32)) AS sortkey1_enc,
       (SELECT CAST(count(*) AS integer) FROM dw_columns c WHERE c.relid = r.oid AND c.sortkey <> 0) AS sortkey_num,
       greatest((pg_table_size(r.oid) + 1048575) / 1048576, 1) AS size, CAST(0.0001 AS numeric(10,4)) AS pct_used, CAST(0 AS bigint) AS empty,
       CAST(0 AS numeric(5,2)) AS unsorted, CAST(CASE WHEN r.reltuples < 0 THEN 100 ELSE 0 END AS numeric(5,2)) AS stats_off,
       CAST(n.rows AS numeric(38,0)) AS tbl_rows, CAST(NULL AS numeric(19,2)) AS skew_sortkey1, CAST(1 AS numeric(19,2)) AS skew_rows,
       CAST(n.rows AS numeric(38,0)) AS estimated_visible_rows, CAST(NULL AS varchar) AS risk_event, CAST(0 AS numeric(12,2)) AS vacuum_sort_benefit,
       t.created AS create_time
FROM dw_relations r LEFT JOIN dw_tables t ON t.relid = r.oid
LEFT JOIN LATERAL (SELECT a.attname, a.attnum, dw_shown_type(a.atttypid) AS atttypid FROM dw_columns c JOIN pg_attribute a ON a.attrelid = c.relid AND a.attnum = c.attnum
                    WHERE c.relid = r.oid AND abs(c.sortkey) = 1) k ON true
CROSS JOIN LATERAL (SELECT dw_row_count(r.oid, r.reltuples) AS rows) n
WHERE r.relkind IN ('r', 'm') AND r.nspname NOT IN ('pg_catalog', 'information_schema') AND pg_relation_size(r.oid) > 0;
GRANT SELECT ON pg_catalog.svv_table_info TO PUBLIC;
