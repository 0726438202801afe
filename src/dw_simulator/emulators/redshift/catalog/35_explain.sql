-- The plan of a statement with the operations that Redshift has: no indexes, no caches of rows, no workers of a query.
-- With dw.generic_plan also of one whose bound values are not known.
CREATE FUNCTION pg_catalog.dw_explain(statement text) RETURNS json LANGUAGE plpgsql
    SET enable_indexscan = off SET enable_indexonlyscan = off SET enable_bitmapscan = off SET enable_tidscan = off
    SET enable_material = off SET enable_memoize = off SET enable_incremental_sort = off
    SET max_parallel_workers_per_gather = 0 SET enable_nestloop = off AS $$
DECLARE
    generic CONSTANT boolean := dw_setting('generic_plan', '') = 'on' AND statement ~ '[$][1-9]' AND CAST(current_setting('server_version_num') AS integer) >= 160000;
    result json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON, VERBOSE' || CASE WHEN generic THEN ', GENERIC_PLAN) ' ELSE ') ' END || statement INTO result;
    RETURN result;
END$$;

-- The plan of a statement that ran earlier; NULL for one that cannot be planned now.
CREATE FUNCTION pg_catalog.dw_plan_of(statement text) RETURNS json LANGUAGE plpgsql SET dw.generic_plan = 'on' AS $$
BEGIN
    RETURN dw_explain(statement);
EXCEPTION WHEN others THEN
    RETURN NULL;
END$$;

-- How a table that a plan scans is distributed: ALL, EVEN, or KEY with the column. Of an external table's rows: S3 with the
-- table, the format and the location, by tabs; the table itself is empty.
CREATE FUNCTION pg_catalog.dw_distribution(schema_name text, name text) RETURNS text LANGUAGE sql STABLE
    RETURN (SELECT CASE WHEN e.relid = c.oid THEN 'S3'
                        WHEN e.relid IS NOT NULL THEN concat_ws(chr(9), 'S3', x.nspname || '.' || p.relname, CAST(e.definition AS json) ->> 'format',
                                                                CAST(e.definition AS json) ->> 'location')
                        WHEN t.diststyle IN (8, 10) THEN 'ALL' WHEN k.attname IS NOT NULL THEN 'KEY ' || k.attname ELSE 'EVEN' END
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN dw_tables t ON t.relid = c.oid
              LEFT JOIN (SELECT d.relid, a.attname FROM dw_columns d JOIN pg_attribute a ON a.attrelid = d.relid AND a.attnum = d.attnum
                          WHERE d.distkey) k ON k.relid = c.oid
              LEFT JOIN dw_external_tables e ON e.relid IN (c.oid, CAST(substring(CAST(c.relname AS text) FROM '^dw_external_([0-9]+)$') AS oid))
              LEFT JOIN pg_class p ON p.oid = e.relid LEFT JOIN pg_namespace x ON x.oid = p.relnamespace
             WHERE n.nspname = $1 AND c.relname = $2);
