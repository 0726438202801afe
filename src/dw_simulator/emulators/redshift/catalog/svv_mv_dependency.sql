-- "SVV_MV_DEPENDENCY".
CREATE VIEW pg_catalog.svv_mv_dependency AS
SELECT DISTINCT CAST(current_database() AS char(128)) AS database_name, CAST(n.nspname AS char(128)) AS schema_name, CAST(c.relname AS char(128)) AS name,
       CAST(current_database() AS char(128)) AS dependent_database_name, CAST(tn.nspname AS char(128)) AS dependent_schema_name, CAST(t.relname AS char(128)) AS dependent_name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_rewrite w ON w.ev_class = c.oid
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace WHERE c.relkind = 'm';
GRANT SELECT ON pg_catalog.svv_mv_dependency TO PUBLIC;
