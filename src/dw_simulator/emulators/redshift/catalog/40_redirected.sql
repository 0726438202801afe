-- PostgreSQL's catalog tables as Redshift has them: more columns, and nothing of the emulator's own. The translation
-- puts them in the place of the tables they are named after (translation/catalogs.py).

-- The indexes behind primary and unique keys, which are listed under the name of the key.
CREATE VIEW pg_catalog.dw_key_indexes AS
SELECT DISTINCT ON (k.conindid) k.conindid AS indexrelid, k.conrelid, k.conname, k.contype = 'p' AS is_primary
FROM pg_constraint k WHERE k.contype IN ('p', 'u') AND k.conindid <> 0 AND NOT dw_hidden(k.conname) ORDER BY k.conindid, k.contype;
-- Redshift has no sequences: those of identity columns are the emulator's own.
CREATE VIEW pg_catalog.dw_pg_class AS
SELECT c.*, CAST(coalesce(t.diststyle, 0) AS smallint) AS reldiststyle, false AS relhasoids, CAST(t.created AS timestamp) AS relcreationtime
FROM pg_class c LEFT JOIN dw_tables t ON t.relid = c.oid WHERE NOT dw_hidden(c.relname) AND c.relkind NOT IN ('S', 'm') AND c.oid NOT IN (SELECT view FROM dw_covers)
UNION ALL
-- Materialized views are views there; the table behind them is nowhere shown.
SELECT (jsonb_populate_record(c, jsonb_build_object('relkind', 'v'))).*, CAST(coalesce(t.diststyle, 0) AS smallint), false, CAST(t.created AS timestamp)
FROM pg_class c LEFT JOIN dw_tables t ON t.relid = c.oid WHERE c.relkind = 'm' AND NOT dw_hidden(c.relname)
UNION ALL
SELECT (jsonb_populate_record(c, jsonb_build_object('relname', k.conname))).*, CAST(0 AS smallint), false, CAST(NULL AS timestamp)
FROM dw_key_indexes k JOIN pg_class c ON c.oid = k.indexrelid
UNION ALL
-- A table with masking policies stands behind a view, whose name and number it has here.
SELECT (json_populate_record(s, json_build_object('oid', v.oid, 'relname', v.relname, 'relnamespace', v.relnamespace, 'reltype', v.reltype))).*,
       CAST(coalesce(t.diststyle, 0) AS smallint), false, CAST(t.created AS timestamp)
FROM dw_covers m JOIN pg_class s ON s.oid = m.storage JOIN pg_class v ON v.oid = m.view LEFT JOIN dw_tables t ON t.relid = s.oid;
CREATE VIEW pg_catalog.dw_pg_attribute AS
SELECT a.attrelid, a.attname, dw_shown_type(a.atttypid) AS atttypid, a.attlen, a.attnum, a.atttypmod, a.attndims, a.attbyval, a.attalign, a.attstorage, 
       CASE WHEN a.attidentity = '' THEN a.attnotnull ELSE dw_shown_not_null(a.attrelid, a.attnum, a.attnotnull) END AS attnotnull, a.atthasdef OR a.attidentity <> '' AS atthasdef,
       a.attidentity, a.attgenerated, a.attisdropped, a.attislocal, a.attinhcount, a.attcollation, a.attacl, a.attoptions, a.attfdwoptions, a.attstattarget,
       a.attcacheoff, a.attcompression, a.atthasmissing,
       dw_encoding(a.attrelid, a.attnum, a.atttypid) AS attencodingtype, coalesce(k.distkey, false) AS attisdistkey,
       coalesce(CAST(k.sortkey AS integer), 0) AS attsortkeyord
FROM (SELECT *, CAST(-1 AS integer) AS attcacheoff FROM (SELECT attrelid, attname, atttypid, attlen, attnum, atttypmod, attndims, attbyval, attalign, attstorage, attnotnull,
             atthasdef, attidentity, attgenerated, attisdropped, attislocal, attinhcount, attcollation, attacl, attoptions, attfdwoptions, attstattarget,
             attcompression, atthasmissing FROM pg_attribute) b) a
LEFT JOIN dw_columns k ON k.relid = a.attrelid AND k.attnum = a.attnum
-- Columns of late-binding views are known to pg_get_late_binding_view_cols() only.
WHERE a.attrelid <> ALL (ARRAY(SELECT oid FROM dw_late_relations));
CREATE VIEW pg_catalog.dw_pg_attrdef AS
SELECT oid, adrelid, adnum, adbin, pg_get_expr(adbin, adrelid) AS adsrc FROM pg_attrdef
UNION ALL
SELECT CAST(0 AS oid), attrelid, attnum, NULL, dw_identity_default(attrelid, attnum) FROM pg_attribute WHERE attidentity <> '' AND NOT attisdropped;
CREATE VIEW pg_catalog.dw_pg_constraint AS SELECT *, CAST(NULL AS text) AS consrc FROM pg_constraint WHERE NOT dw_hidden(conname);
CREATE VIEW pg_catalog.dw_pg_index AS
SELECT i.* FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT dw_hidden(c.relname)
UNION ALL
SELECT r.* FROM dw_key_indexes k JOIN pg_index i ON i.indexrelid = k.indexrelid
CROSS JOIN LATERAL jsonb_populate_record(i, jsonb_build_object('indisprimary', k.is_primary, 'indisunique', true)) r;
CREATE VIEW pg_catalog.dw_pg_proc AS
SELECT *, prokind = 'a' AS proisagg, prokind = 'w' AS proiswindow FROM pg_proc WHERE NOT dw_hidden(proname) AND prorettype NOT IN (9001, 9003) AND NOT 9001 = ANY (proargtypes) AND NOT 9003 = ANY (proargtypes);
CREATE VIEW pg_catalog.dw_pg_type AS SELECT * FROM pg_type WHERE NOT dw_hidden(CAST(ltrim(typname, '_') AS name));
CREATE VIEW pg_catalog.dw_pg_operator AS SELECT * FROM pg_operator WHERE oprleft NOT IN (9001, 9003) AND oprright NOT IN (9001, 9003);
CREATE VIEW pg_catalog.dw_pg_default_acl AS SELECT oid, defaclrole AS defacluser, defaclnamespace, defaclobjtype, defaclacl FROM pg_default_acl;
CREATE VIEW pg_catalog.dw_pg_database AS SELECT * FROM pg_database WHERE datname <> 'postgres';
-- A foreign key depends on the index of the key that it refers to: that is how drivers find the two.
CREATE VIEW pg_catalog.dw_pg_depend AS
SELECT * FROM pg_depend
UNION ALL
SELECT CAST(CAST('pg_constraint' AS regclass) AS oid), f.oid, 0, CAST(CAST('pg_class' AS regclass) AS oid), r.conindid, 0, CAST('n' AS "char")
FROM pg_constraint f CROSS JOIN LATERAL (SELECT k.conindid FROM pg_constraint k WHERE k.conrelid = f.confrelid AND k.contype IN ('p', 'u') AND k.conkey = f.confkey
                                          AND k.conindid <> 0 ORDER BY k.contype LIMIT 1) r
WHERE f.contype = 'f';
-- Without the settings that the emulator needs itself.
CREATE VIEW pg_catalog.dw_pg_db_role_setting AS
SELECT setdatabase, setrole, kept AS setconfig
FROM pg_db_role_setting CROSS JOIN LATERAL (SELECT array_agg(c ORDER BY i) FROM unnest(setconfig) WITH ORDINALITY u(c, i) WHERE c !~ '^dw[.]') k(kept)
WHERE (setdatabase <> 0 OR setrole <> 0) AND kept IS NOT NULL;
CREATE VIEW pg_catalog.dw_pg_tables AS 
SELECT * FROM pg_tables WHERE NOT dw_hidden(tablename)
UNION ALL
SELECT m.nspname, m.relname, t.tableowner, t.tablespace, t.hasindexes, false, false, t.rowsecurity
FROM dw_covers m JOIN pg_tables t ON t.schemaname = 'pg_catalog' AND t.tablename = CAST('dw_masked_' || m.storage AS name);
CREATE VIEW pg_catalog.dw_pg_views AS
SELECT v.schemaname, v.viewname, v.viewowner, coalesce(nullif(l.definition, ''), v.definition) AS definition
FROM pg_views v LEFT JOIN dw_late_views l ON l.view_schema = v.schemaname AND l.view_name = v.viewname
WHERE NOT dw_hidden(v.viewname) AND (v.schemaname, v.viewname) NOT IN (SELECT nspname, relname FROM dw_covers)
UNION ALL
-- Materialized views are listed with the statement that makes them.
SELECT schemaname, matviewname, matviewowner,
       'create materialized view ' || quote_ident(schemaname) || '.' || quote_ident(matviewname) || ' '
       || coalesce((SELECT t.definition FROM dw_tables t WHERE t.relid = to_regclass(format('%I.%I', schemaname, matviewname))),
                   'backup yes auto refresh no as (' || rtrim(definition, ';') || ');')
FROM pg_matviews;
CREATE VIEW pg_catalog.dw_pg_indexes AS
SELECT i.schemaname, i.tablename, coalesce(k.conname, i.indexname) AS indexname, i.tablespace,
       CASE WHEN k.conname IS NULL THEN i.indexdef ELSE replace(replace(i.indexdef, 'CREATE INDEX ', 'CREATE UNIQUE INDEX '), i.indexname, k.conname) END AS indexdef
FROM pg_indexes i LEFT JOIN (SELECT d.conname, c.relname, n.nspname FROM dw_key_indexes d JOIN pg_class c ON c.oid = d.indexrelid
                               JOIN pg_namespace n ON n.oid = c.relnamespace) k ON k.relname = i.indexname AND k.nspname = i.schemaname
WHERE NOT dw_hidden(coalesce(k.conname, i.indexname));
CREATE VIEW pg_catalog.dw_information_schema_tables AS 
SELECT table_catalog, table_schema, table_name,
       CAST(CASE WHEN table_type = 'VIEW' AND (CAST(table_schema AS name), CAST(table_name AS name)) IN (SELECT nspname, relname FROM dw_covers) THEN 'BASE TABLE' ELSE table_type END
            AS information_schema.character_data) AS table_type,
       self_referencing_column_name, reference_generation, user_defined_type_catalog, user_defined_type_schema, user_defined_type_name,
       is_insertable_into, is_typed, commit_action
FROM information_schema.tables WHERE NOT dw_hidden(CAST(table_name AS name))
UNION ALL
SELECT current_database(), schemaname, matviewname, 'VIEW', NULL, NULL, NULL, NULL, NULL, 'NO', 'NO', NULL
FROM pg_matviews WHERE has_table_privilege(format('%I.%I', schemaname, matviewname), 'SELECT');
-- Strings with COLLATE CASE_INSENSITIVE are character types there, whose length is found where PostgreSQL finds that of its own.
CREATE VIEW pg_catalog.dw_information_schema_columns AS
SELECT c.* FROM information_schema.columns c WHERE NOT dw_hidden(CAST(table_name AS name)) AND CAST(udt_name AS text) NOT IN ('dw_ci', 'dw_ci_char')
UNION ALL
SELECT (json_populate_record(c, json_build_object('data_type', format_type(dw_shown_type(a.atttypid), NULL), 'character_maximum_length', nullif(a.atttypmod, -1) - 4,
        'character_octet_length', (nullif(a.atttypmod, -1) - 4) * 4, 'udt_name', CASE a.atttypid WHEN 9001 THEN 'varchar' ELSE 'bpchar' END))).*
FROM information_schema.columns c JOIN pg_attribute a ON a.attrelid = to_regclass(format('%I.%I', c.table_schema, c.table_name)) AND a.attname = CAST(c.column_name AS name)
WHERE NOT dw_hidden(CAST(table_name AS name)) AND CAST(udt_name AS text) IN ('dw_ci', 'dw_ci_char')
UNION ALL
-- Materialized views, which PostgreSQL's information schema leaves out.
SELECT (json_populate_record(CAST(NULL AS information_schema.columns), json_build_object(
        'table_catalog', current_database(), 'table_schema', d.nspname, 'table_name', d.relname, 'column_name', d.attname, 'ordinal_position', d.attnum,
        'is_nullable', 'YES', 'data_type', format_type(d.atttypid, NULL), 'character_maximum_length', CASE WHEN d.atttypmod > 4 AND d.atttypid <> 1700 THEN d.atttypmod - 4 END,
        'numeric_precision', dw_precision(d.atttypid, d.atttypmod), 'numeric_scale', dw_scale(d.atttypid, d.atttypmod),
        'udt_catalog', current_database(), 'udt_schema', 'pg_catalog', 'udt_name', CAST(t.typname AS text), 'is_updatable', 'NO'))).*
FROM dw_described d JOIN pg_type t ON t.oid = d.atttypid WHERE d.relkind = 'm' AND has_table_privilege(d.oid, 'SELECT');
CREATE VIEW pg_catalog.dw_information_schema_views AS
SELECT * FROM information_schema.views WHERE NOT dw_hidden(CAST(table_name AS name)) AND (CAST(table_schema AS name), CAST(table_name AS name)) NOT IN (SELECT nspname, relname FROM dw_covers)
UNION ALL
SELECT current_database(), n.nspname, c.relname, 'create materialized view ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || ' '
       || coalesce(t.definition, 'as (' || rtrim(pg_get_viewdef(c.oid), ';') || ');'), 'NONE', 'NO', 'NO', 'NO', 'NO', 'NO'
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN dw_tables t ON t.relid = c.oid WHERE c.relkind = 'm';
CREATE VIEW pg_catalog.dw_information_schema_table_constraints AS
SELECT * FROM information_schema.table_constraints WHERE NOT dw_hidden(CAST(constraint_name AS name)) AND constraint_name !~ '_not_null$';
GRANT SELECT ON pg_catalog.dw_key_indexes, pg_catalog.dw_pg_class, pg_catalog.dw_pg_attribute, pg_catalog.dw_pg_attrdef, pg_catalog.dw_pg_constraint, pg_catalog.dw_pg_index,
    pg_catalog.dw_pg_proc, pg_catalog.dw_pg_type, pg_catalog.dw_pg_operator, pg_catalog.dw_pg_default_acl, pg_catalog.dw_pg_database, pg_catalog.dw_pg_db_role_setting, pg_catalog.dw_pg_depend, pg_catalog.dw_pg_tables, pg_catalog.dw_pg_views, pg_catalog.dw_pg_indexes, pg_catalog.dw_information_schema_tables,
    pg_catalog.dw_information_schema_columns, pg_catalog.dw_information_schema_views, pg_catalog.dw_information_schema_table_constraints TO PUBLIC;

CREATE FUNCTION pg_catalog.format_encoding(integer) RETURNS text LANGUAGE sql IMMUTABLE RETURN 'none';
CREATE FUNCTION pg_catalog.format_encoding(varchar) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1;
