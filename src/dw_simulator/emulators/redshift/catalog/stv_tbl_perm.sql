-- "STV_TBL_PERM".
CREATE VIEW pg_catalog.stv_tbl_perm AS
SELECT 0 AS slice, CAST(r.oid AS integer) AS id, CAST(r.relname AS char(72)) AS name, CAST(greatest(r.reltuples, 0) AS bigint) AS rows,
       CAST(greatest(r.reltuples, 0) AS bigint) AS sorted_rows, 0 AS temp, (SELECT CAST(d.oid AS integer) FROM pg_database d WHERE d.datname = current_database()) AS db_id,
       0 AS insert_pristine, 0 AS delete_pristine, 1 AS backup, 0 AS dist_style, 1 AS block_count
FROM dw_relations r WHERE r.relkind = 'r' AND r.nspname <> 'pg_catalog';
GRANT SELECT ON pg_catalog.stv_tbl_perm TO PUBLIC;
