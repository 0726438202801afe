-- "PG_PROC_INFO".
CREATE VIEW pg_catalog.pg_proc_info AS
SELECT p.oid AS prooid, p.*, CAST(CASE p.prokind WHEN 'p' THEN 'p' ELSE 'f' END AS "char") AS prokind_redshift, CAST(p.prolang AS oid) AS prolang_redshift
FROM pg_proc p WHERE NOT dw_hidden(p.proname) AND p.prorettype NOT IN (9001, 9003) AND NOT 9001 = ANY (p.proargtypes) AND NOT 9003 = ANY (p.proargtypes);
GRANT SELECT ON pg_catalog.pg_proc_info TO PUBLIC;
