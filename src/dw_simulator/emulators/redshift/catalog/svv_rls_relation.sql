-- "SVV_RLS_RELATION".
CREATE VIEW pg_catalog.svv_rls_relation AS
SELECT CAST(current_database() AS varchar) AS datname, CAST(nspname AS varchar) AS relschema, CAST(relname AS varchar) AS relname, CAST('table' AS varchar) AS relkind,
       (SELECT relrowsecurity FROM pg_class c WHERE c.oid = r.oid) AS is_rls_on, false AS is_rls_datashare_on, CAST('and' AS char(3)) AS rls_conjunction_type,
       CAST(NULL AS char(3)) AS rls_datashare_conjunction_type
FROM dw_relations r WHERE relkind = 'r' AND EXISTS (SELECT FROM pg_policy WHERE polrelid = r.oid);
GRANT SELECT ON pg_catalog.svv_rls_relation TO PUBLIC;
