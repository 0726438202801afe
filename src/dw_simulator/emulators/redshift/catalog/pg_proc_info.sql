-- "PG_PROC_INFO".
CREATE VIEW pg_catalog.pg_proc_info AS
SELECT p.oid AS prooid, p.*, CAST(CASE p.prokind WHEN 'p' THEN 'p' ELSE 'f' END AS "char") AS prokind_redshift, CAST(p.prolang AS oid) AS prolang_redshift
FROM pg_proc p WHERE NOT dw_hidden(p.proname);
GRANT SELECT ON pg_catalog.pg_proc_info TO PUBLIC;
