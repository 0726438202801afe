-- "SVV_REDSHIFT_FUNCTIONS".
CREATE VIEW pg_catalog.svv_redshift_functions AS
SELECT CAST(current_database() AS varchar(128)) AS database_name, CAST(n.nspname AS varchar(128)) AS schema_name, CAST(p.proname AS varchar(128)) AS function_name,
       CAST(CASE p.prokind WHEN 'p' THEN 'STORED PROCEDURE' WHEN 'a' THEN 'AGGREGATED FUNCTION' ELSE 'REGULAR FUNCTION' END AS varchar(128)) AS function_type,
       CAST(pg_get_function_identity_arguments(p.oid) AS varchar(512)) AS argument_type, CAST(pg_get_function_result(p.oid) AS varchar(128)) AS result_type
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE NOT dw_hidden(p.proname) AND p.prorettype NOT IN (9001, 9003) AND NOT 9001 = ANY (p.proargtypes) AND NOT 9003 = ANY (p.proargtypes) AND n.nspname <> 'information_schema';
GRANT SELECT ON pg_catalog.svv_redshift_functions TO PUBLIC;
