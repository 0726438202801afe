-- PostgreSQL's catalog tables as Redshift has them: more columns, and nothing of the emulator's own. The translation
-- puts them in the place of the tables they are named after (translation/catalogs.py).

CREATE VIEW pg_catalog.dw_pg_class AS
SELECT c.*, CAST(coalesce(t.diststyle, 0) AS smallint) AS reldiststyle, false AS relhasoids, CAST(t.created AS timestamp) AS relcreationtime
FROM pg_class c LEFT JOIN dw_tables t ON t.relid = c.oid WHERE NOT dw_hidden(c.relname) AND c.oid NOT IN (SELECT view FROM dw_covers)
UNION ALL
-- A table with masking policies stands behind a view, whose name and number it has here.
SELECT (json_populate_record(s, json_build_object('oid', v.oid, 'relname', v.relname, 'relnamespace', v.relnamespace, 'reltype', v.reltype))).*,
       CAST(coalesce(t.diststyle, 0) AS smallint), false, CAST(t.created AS timestamp)
FROM dw_covers m JOIN pg_class s ON s.oid = m.storage JOIN pg_class v ON v.oid = m.view LEFT JOIN dw_tables t ON t.relid = s.oid;
CREATE VIEW pg_catalog.dw_pg_attribute AS
SELECT a.attrelid, a.attname, a.atttypid, a.attlen, a.attnum, a.atttypmod, a.attndims, a.attbyval, a.attalign, a.attstorage, a.attnotnull, a.atthasdef,
       a.attidentity, a.attgenerated, a.attisdropped, a.attislocal, a.attinhcount, a.attcollation, a.attacl, a.attoptions, a.attfdwoptions, a.attstattarget,
       a.attcacheoff, a.attcompression, a.atthasmissing,
       dw_encoding(a.attrelid, a.attnum, a.atttypid) AS attencodingtype, coalesce(k.distkey, false) AS attisdistkey,
       coalesce(CAST(k.sortkey AS integer), 0) AS attsortkeyord
FROM (SELECT *, CAST(-1 AS integer) AS attcacheoff FROM (SELECT attrelid, attname, atttypid, attlen, attnum, atttypmod, attndims, attbyval, attalign, attstorage, attnotnull,
             atthasdef, attidentity, attgenerated, attisdropped, attislocal, attinhcount, attcollation, attacl, attoptions, attfdwoptions, attstattarget,
             attcompression, atthasmissing FROM pg_attribute) b) a
LEFT JOIN dw_columns k ON k.relid = a.attrelid AND k.attnum = a.attnum;
CREATE VIEW pg_catalog.dw_pg_attrdef AS SELECT *, pg_get_expr(adbin, adrelid) AS adsrc FROM pg_attrdef;
CREATE VIEW pg_catalog.dw_pg_constraint AS SELECT *, CAST(NULL AS text) AS consrc FROM pg_constraint WHERE NOT dw_hidden(conname);
CREATE VIEW pg_catalog.dw_pg_index AS
SELECT i.* FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT dw_hidden(c.relname);
CREATE VIEW pg_catalog.dw_pg_proc AS
SELECT *, prokind = 'a' AS proisagg, prokind = 'w' AS proiswindow FROM pg_proc WHERE NOT dw_hidden(proname);
CREATE VIEW pg_catalog.dw_pg_default_acl AS SELECT oid, defaclrole AS defacluser, defaclnamespace, defaclobjtype, defaclacl FROM pg_default_acl;
CREATE VIEW pg_catalog.dw_pg_database AS SELECT * FROM pg_database WHERE datname <> 'postgres';
CREATE VIEW pg_catalog.dw_pg_tables AS 
SELECT * FROM pg_tables WHERE NOT dw_hidden(tablename)
UNION ALL
SELECT m.nspname, m.relname, t.tableowner, t.tablespace, t.hasindexes, false, false, t.rowsecurity
FROM dw_covers m JOIN pg_tables t ON t.schemaname = 'pg_catalog' AND t.tablename = CAST('dw_masked_' || m.storage AS name);
CREATE VIEW pg_catalog.dw_pg_views AS
SELECT * FROM pg_views WHERE NOT dw_hidden(viewname) AND (schemaname, viewname) NOT IN (SELECT nspname, relname FROM dw_covers)
UNION ALL
-- Materialized views are listed with the statement that makes them.
SELECT schemaname, matviewname, matviewowner,
       'create materialized view ' || quote_ident(schemaname) || '.' || quote_ident(matviewname) || ' backup yes auto refresh no as (' || rtrim(definition, ';') || ');'
FROM pg_matviews;
CREATE VIEW pg_catalog.dw_pg_indexes AS SELECT * FROM pg_indexes WHERE NOT dw_hidden(indexname);
CREATE VIEW pg_catalog.dw_information_schema_tables AS 
SELECT table_catalog, table_schema, table_name,
       CAST(CASE WHEN table_type = 'VIEW' AND (CAST(table_schema AS name), CAST(table_name AS name)) IN (SELECT nspname, relname FROM dw_covers) THEN 'BASE TABLE' ELSE table_type END
            AS information_schema.character_data) AS table_type,
       self_referencing_column_name, reference_generation, user_defined_type_catalog, user_defined_type_schema, user_defined_type_name,
       is_insertable_into, is_typed, commit_action
FROM information_schema.tables WHERE NOT dw_hidden(CAST(table_name AS name));
CREATE VIEW pg_catalog.dw_information_schema_columns AS SELECT * FROM information_schema.columns WHERE NOT dw_hidden(CAST(table_name AS name));
CREATE VIEW pg_catalog.dw_information_schema_views AS
SELECT * FROM information_schema.views WHERE NOT dw_hidden(CAST(table_name AS name)) AND (CAST(table_schema AS name), CAST(table_name AS name)) NOT IN (SELECT nspname, relname FROM dw_covers)
UNION ALL
SELECT current_database(), n.nspname, c.relname, 'create materialized view ' || c.relname || ' as ' || pg_get_viewdef(c.oid), 'NONE', 'NO', 'NO', 'NO', 'NO', 'NO'
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm';
CREATE VIEW pg_catalog.dw_information_schema_table_constraints AS
SELECT * FROM information_schema.table_constraints WHERE NOT dw_hidden(CAST(constraint_name AS name)) AND constraint_name !~ '_not_null$';
GRANT SELECT ON pg_catalog.dw_pg_class, pg_catalog.dw_pg_attribute, pg_catalog.dw_pg_attrdef, pg_catalog.dw_pg_constraint, pg_catalog.dw_pg_index,
    pg_catalog.dw_pg_proc, pg_catalog.dw_pg_default_acl, pg_catalog.dw_pg_database, pg_catalog.dw_pg_tables, pg_catalog.dw_pg_views, pg_catalog.dw_pg_indexes, pg_catalog.dw_information_schema_tables,
    pg_catalog.dw_information_schema_columns, pg_catalog.dw_information_schema_views, pg_catalog.dw_information_schema_table_constraints TO PUBLIC;

CREATE FUNCTION pg_catalog.format_encoding(integer) RETURNS text LANGUAGE sql IMMUTABLE RETURN 'none';
CREATE FUNCTION pg_catalog.format_encoding(varchar) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1;
