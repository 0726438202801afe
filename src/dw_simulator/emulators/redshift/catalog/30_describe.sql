-- What the views on tables, columns and privileges have in common.

-- Strings with COLLATE CASE_INSENSITIVE are listed as what they are to clients.
CREATE FUNCTION pg_catalog.dw_shown_type(oid) RETURNS oid LANGUAGE sql IMMUTABLE RETURN CASE $1 WHEN 9001 THEN 1043 WHEN 9003 THEN 1042 ELSE $1 END;
CREATE FUNCTION pg_catalog.dw_type_name(oid, integer) RETURNS varchar LANGUAGE sql STABLE
    RETURN CASE $1 WHEN 25 THEN 'character varying(256)' WHEN 17 THEN 'binary varying(64000)' WHEN 114 THEN 'super'
                   ELSE format_type(dw_shown_type($1), $2) END;
CREATE FUNCTION pg_catalog.dw_data_type(oid) RETURNS varchar LANGUAGE sql STABLE
    RETURN CASE $1 WHEN 25 THEN 'character varying' WHEN 17 THEN 'binary varying' WHEN 114 THEN 'super' ELSE format_type(dw_shown_type($1), NULL) END;
-- The encodings of ENCODE AUTO ("Compression encodings"): sort keys and floating point raw, numbers az64, strings lzo.
CREATE FUNCTION pg_catalog.dw_encoding(relation oid, attribute smallint, kind oid) RETURNS varchar LANGUAGE sql STABLE
    RETURN coalesce((SELECT CASE encoding WHEN 'raw' THEN 'none' ELSE encoding END FROM dw_columns
                      WHERE relid = $1 AND attnum = $2 AND encoding <> 'auto'),
                    CASE WHEN EXISTS (SELECT FROM dw_columns WHERE relid = $1 AND attnum = $2 AND sortkey <> 0) THEN 'none'
                         WHEN $3 IN (16, 700, 701) THEN 'none' WHEN $3 IN (1042, 1043, 25) THEN 'lzo'
                         WHEN $3 IN (20, 21, 23, 1700, 1082, 1083, 1114, 1184, 1266) THEN 'az64' ELSE 'none' END);
CREATE FUNCTION pg_catalog.dw_diststyle(relation oid) RETURNS varchar LANGUAGE sql STABLE
    RETURN (SELECT CASE diststyle WHEN 0 THEN 'EVEN' WHEN 8 THEN 'ALL' WHEN 10 THEN 'AUTO (ALL)' WHEN 11 THEN 'AUTO (EVEN)'
                   ELSE CASE diststyle WHEN 12 THEN 'AUTO (KEY(' ELSE 'KEY(' END
                        || coalesce((SELECT attname FROM dw_columns c JOIN pg_attribute a ON a.attrelid = c.relid AND a.attnum = c.attnum
                                      WHERE c.relid = $1 AND c.distkey LIMIT 1), '') || CASE diststyle WHEN 12 THEN '))' ELSE ')' END END
            FROM dw_tables WHERE relid = $1);
CREATE FUNCTION pg_catalog.dw_length(kind oid, modifier integer) RETURNS integer LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN $1 IN (1042, 1043) AND $2 > 4 THEN $2 - 4 WHEN $1 IN (25, 1043) THEN 256 END;
CREATE FUNCTION pg_catalog.dw_precision(kind oid, modifier integer) RETURNS integer LANGUAGE sql IMMUTABLE
    RETURN CASE $1 WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 700 THEN 24 WHEN 701 THEN 53
                   WHEN 1700 THEN CASE WHEN $2 > 4 THEN (($2 - 4) >> 16) & 65535 ELSE 38 END END;
CREATE FUNCTION pg_catalog.dw_scale(kind oid, modifier integer) RETURNS integer LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN $1 IN (20, 21, 23) THEN 0 WHEN $1 = 1700 AND $2 > 4 THEN ($2 - 4) & 2047 END;
CREATE FUNCTION pg_catalog.dw_identity_default(relation oid, attribute smallint) RETURNS text LANGUAGE sql STABLE
    RETURN '"identity"(' || $1 || ', ' || $2 - 1 || ', ''' || coalesce((SELECT (identity::json ->> 0) || ',' || (identity::json ->> 1)
           FROM dw_columns WHERE relid = $1 AND attnum = $2), '1,1') || '''::text)';
-- An identity column takes no NULL, and is shown to take none only where NOT NULL or the primary key says so.
CREATE FUNCTION pg_catalog.dw_shown_not_null(relation oid, attribute smallint, notnull boolean) RETURNS boolean LANGUAGE sql STABLE
    RETURN $3 AND (coalesce((SELECT CAST(c.identity::json ->> 3 AS boolean) FROM dw_columns c WHERE c.relid = $1 AND c.attnum = $2), false)
                   OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = $1 AND k.contype = 'p' AND $2 = ANY (k.conkey)));
-- Nothing of the emulator's own shows in a listing.
CREATE FUNCTION pg_catalog.dw_hidden(name) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN starts_with(CAST($1 AS text), 'dw_');

-- A relation with masking policies is listed where the view that covers it stands.
CREATE VIEW pg_catalog.dw_relations AS
SELECT c.oid, n.nspname, coalesce(v.relname, c.relname) AS relname, c.relowner, c.relkind, c.relacl, c.reltuples, n.oid AS relnamespace,
       CASE WHEN EXISTS (SELECT FROM dw_external_tables e WHERE e.relid = c.oid) THEN 'EXTERNAL TABLE' WHEN c.relkind = 'r' THEN 'TABLE' ELSE 'VIEW' END AS table_type,
       obj_description(c.oid, 'pg_class') AS remarks
FROM pg_class c LEFT JOIN dw_masked m ON m.storage = c.oid LEFT JOIN pg_class v ON v.oid = m.view
JOIN pg_namespace n ON n.oid = coalesce(v.relnamespace, c.relnamespace)
WHERE c.relkind IN ('r', 'v', 'm') AND NOT dw_hidden(coalesce(v.relname, c.relname)) AND NOT EXISTS (SELECT FROM dw_masked WHERE view = c.oid) AND n.nspname !~ '^pg_(toast|temp_|toast_temp_)';
CREATE VIEW pg_catalog.dw_described AS
SELECT r.oid, r.nspname, r.relname, r.relkind, a.attname, a.attnum, dw_shown_type(a.atttypid) AS atttypid, a.atttypmod, CASE WHEN a.attidentity = '' THEN a.attnotnull ELSE dw_shown_not_null(r.oid, a.attnum, a.attnotnull) END AS attnotnull, a.attacl,
       CASE WHEN a.attidentity <> '' THEN dw_identity_default(r.oid, a.attnum)
            ELSE pg_get_expr(d.adbin, d.adrelid) END AS column_default,
       coalesce(k.distkey, false) AS distkey, coalesce(CAST(k.sortkey AS integer), 0) AS sortkey,
       col_description(r.oid, a.attnum) AS remarks,
       CASE WHEN a.atttypid IN (9001, 9003) THEN 'case_insensitive' WHEN a.atttypid IN (25, 1042, 1043) THEN 'case_sensitive' END AS collation
FROM dw_relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN dw_columns k ON k.relid = a.attrelid AND k.attnum = a.attnum;
CREATE VIEW pg_catalog.dw_show_columns AS
SELECT current_database() AS database_name, nspname AS schema_name, relname AS table_name, attname AS column_name, attnum AS ordinal_position,
       column_default, CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable, dw_data_type(atttypid) AS data_type,
       dw_length(atttypid, atttypmod) AS character_maximum_length, dw_precision(atttypid, atttypmod) AS numeric_precision,
       dw_scale(atttypid, atttypmod) AS numeric_scale, remarks,
       CASE WHEN sortkey < 0 THEN 'INTERLEAVED' WHEN sortkey > 0 THEN 'COMPOUND' END AS sort_key_type, nullif(sortkey, 0) AS sort_key,
       CASE WHEN distkey THEN 1 END AS dist_key, dw_encoding(oid, attnum, atttypid) AS encoding, CAST("collation" AS varchar) AS collation
FROM dw_described;

CREATE VIEW pg_catalog.dw_principals AS
SELECT oid, rolname, CASE WHEN rolcanlogin THEN 'user' ELSE 'role' END AS kind FROM pg_roles WHERE rolname !~ '^(pg_|rdsdb$)'
UNION ALL SELECT CAST(0 AS oid), 'public', 'public';
-- --- SHOW TABLE, SHOW VIEW, SHOW PROCEDURE ---------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_show_table(text) RETURNS text LANGUAGE sql STABLE
    RETURN (SELECT 'CREATE TABLE ' || r.nspname || '.' || r.relname || ' (' || chr(10) ||
        (SELECT string_agg('    ' || attname || ' ' || dw_type_name(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
                || coalesce(' DEFAULT ' || column_default, '') || ' ENCODE ' || CASE e WHEN 'none' THEN 'raw' ELSE e END
                || CASE WHEN distkey THEN ' distkey' ELSE '' END
                || CASE WHEN d."collation" = 'case_insensitive' THEN ' COLLATE case_insensitive' ELSE '' END, ',' || chr(10) ORDER BY attnum)
           FROM dw_described d, LATERAL dw_encoding(d.oid, d.attnum, d.atttypid) e WHERE d.oid = r.oid)
        || coalesce((SELECT ',' || chr(10) || string_agg('    ' || pg_get_constraintdef(c.oid), ',' || chr(10)) FROM pg_constraint c
                      WHERE conrelid = r.oid AND contype IN ('p', 'u', 'f')), '')
        || chr(10) || ')' || chr(10) || 'DISTSTYLE ' || coalesce(regexp_replace(replace(dw_diststyle(r.oid), 'AUTO (ALL)', 'AUTO'), '[(].*', ''), 'AUTO')
        || coalesce(chr(10) || CASE WHEN t.sortstyle = 'interleaved' THEN 'INTERLEAVED ' ELSE '' END || 'SORTKEY ( '
                    || (SELECT string_agg(attname, ', ' ORDER BY abs(sortkey)) FROM dw_described d WHERE d.oid = r.oid AND sortkey <> 0) || ' )', '') || ';'
        FROM dw_relations r LEFT JOIN dw_tables t ON t.relid = r.oid WHERE r.oid = dw_storage($1));
CREATE FUNCTION pg_catalog.dw_show_view(text) RETURNS text LANGUAGE sql STABLE
    RETURN (SELECT 'CREATE ' || CASE relkind WHEN 'm' THEN 'MATERIALIZED ' ELSE '' END || 'VIEW ' || nspname || '.' || relname || ' AS' || chr(10) || pg_get_viewdef(oid)
            FROM dw_relations WHERE oid = dw_storage($1));
-- The body is shown as it was written, which a comment behind the translated one keeps.
CREATE FUNCTION pg_catalog.dw_written(body text) RETURNS text[] LANGUAGE sql IMMUTABLE
    RETURN ARRAY[convert_from(decode(substring($1 FROM '/[*]dw_written:[A-Z]*:([^*]*)[*]/$'), 'base64'), 'UTF8'), substring($1 FROM '/[*]dw_written:([A-Z]*):[^*]*[*]/$')];
CREATE FUNCTION pg_catalog.dw_show_procedure(text) RETURNS text LANGUAGE sql STABLE
    RETURN (SELECT 'CREATE OR REPLACE PROCEDURE ' || quote_ident(nspname) || '.' || quote_ident(proname) || '('
                   || regexp_replace(pg_get_function_arguments(p.oid), '(^|, )IN ', chr(92) || '1', 'g') || ')' || chr(10)
                   || CASE WHEN (dw_written(prosrc))[2] <> '' THEN (dw_written(prosrc))[2] || chr(10) ELSE '' END
                   || 'LANGUAGE plpgsql' || chr(10) || CASE WHEN prosecdef THEN 'SECURITY DEFINER' || chr(10) ELSE '' END
                   || 'AS $_$' || coalesce((dw_written(prosrc))[1], prosrc) || '$_$'
            FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
            WHERE p.oid = CASE WHEN $1 LIKE '%(%' THEN CAST(CAST($1 AS regprocedure) AS oid) ELSE CAST(CAST($1 AS regproc) AS oid) END);
GRANT SELECT ON pg_catalog.dw_relations, pg_catalog.dw_described, pg_catalog.dw_show_columns, pg_catalog.dw_principals TO PUBLIC;

-- Rows of a table: counted while it is small, then what the statistics say.
CREATE FUNCTION pg_catalog.dw_row_count(relation oid, estimate real) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    result bigint;
BEGIN
    IF pg_relation_size(relation) > 16 * 1024 * 1024 THEN
        RETURN greatest(CAST(estimate AS bigint), pg_stat_get_live_tuples(relation));
    END IF;
    IF NOT has_table_privilege(relation, 'SELECT') THEN RETURN greatest(CAST(estimate AS bigint), 0); END IF;
    EXECUTE format('SELECT count(*) FROM %s', CAST(relation AS regclass)) INTO result;
    RETURN result;
END$$;
