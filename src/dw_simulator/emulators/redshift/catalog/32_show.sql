-- What the SHOW commands list (commands/showing.py); columns as in their pages of the guide.

CREATE FUNCTION pg_catalog.dw_check_database(text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF lower($1) <> lower(current_database()) AND EXISTS (SELECT FROM pg_database WHERE lower(CAST(datname AS text)) = lower($1)) THEN
        RAISE EXCEPTION 'cross-database reference to database "%" is not supported', $1 USING ERRCODE = '0A000';
    ELSIF lower($1) <> lower(current_database()) THEN
        RAISE EXCEPTION 'database "%" does not exist', $1 USING ERRCODE = '3D000';
    END IF;
    RETURN true;
END$$;

CREATE VIEW pg_catalog.dw_show_databases AS
SELECT CAST(datname AS varchar) AS database_name, CAST(datdba AS integer) AS database_owner, CAST('local' AS varchar) AS database_type,
       CAST(NULL AS varchar) AS database_acl, CAST(NULL AS varchar) AS parameters, CAST('Snapshot Isolation' AS varchar) AS database_isolation_level
FROM pg_database WHERE datallowconn AND datname NOT IN ('template1', 'postgres');
CREATE VIEW pg_catalog.dw_show_schemas AS
SELECT CAST(current_database() AS varchar) AS database_name, CAST(nspname AS varchar) AS schema_name, CAST(nspowner AS integer) AS schema_owner,
       CAST('local' AS varchar) AS schema_type, CAST(array_to_string(nspacl, '~') AS varchar) AS schema_acl, CAST(NULL AS varchar) AS source_database,
       CAST(NULL AS varchar) AS schema_option
FROM pg_namespace WHERE nspname NOT LIKE 'pg!_%' ESCAPE '!';
CREATE VIEW pg_catalog.dw_show_tables AS
SELECT CAST(current_database() AS varchar) AS database_name, CAST(nspname AS varchar) AS schema_name, CAST(relname AS varchar) AS table_name,
       CAST(table_type AS varchar) AS table_type, CAST(array_to_string(relacl, '~') AS varchar) AS table_acl, CAST(remarks AS varchar) AS remarks,
       CAST(pg_get_userbyid(relowner) AS varchar) AS owner, CAST(NULL AS timestamp) AS last_altered_time, CAST(NULL AS timestamp) AS last_modified_time,
       dw_diststyle(oid) AS dist_style,
       CAST(CASE relkind WHEN 'r' THEN 'REGULAR TABLE' WHEN 'm' THEN 'MATERIALIZED VIEW'
            ELSE CASE WHEN oid IN (SELECT l.oid FROM dw_late_relations l) THEN 'LATE BINDING VIEW' ELSE 'REGULAR VIEW' END END AS varchar) AS table_subtype
FROM dw_relations;

-- Tables under the names that they are known by: one with masking policies is stored under another.
CREATE VIEW pg_catalog.dw_known_tables AS
SELECT c.oid, coalesce(m.nspname, n.nspname) AS nspname, coalesce(m.relname, c.relname) AS relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN dw_covers m ON m.storage = c.oid WHERE c.relkind = 'r';
CREATE VIEW pg_catalog.dw_show_primary_keys AS
SELECT CAST(current_database() AS varchar) AS database_name, CAST(c.nspname AS varchar) AS schema_name, CAST(c.relname AS varchar) AS table_name,
       CAST(k.conname AS varchar) AS pk_name, CAST(a.attname AS varchar) AS column_name, CAST(u.seq AS smallint) AS key_seq
FROM pg_constraint k JOIN dw_known_tables c ON c.oid = k.conrelid
CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY u(attnum, seq)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum
WHERE k.contype = 'p' AND NOT dw_hidden(k.conname);
CREATE VIEW pg_catalog.dw_show_foreign_keys AS
SELECT CAST(current_database() AS varchar) AS pk_database_name, CAST(p.nspname AS varchar) AS pk_schema_name, CAST(p.relname AS varchar) AS pk_table_name,
       CAST(pa.attname AS varchar) AS pk_column_name, CAST(current_database() AS varchar) AS fk_database_name, CAST(c.nspname AS varchar) AS fk_schema_name,
       CAST(c.relname AS varchar) AS fk_table_name, CAST(a.attname AS varchar) AS fk_column_name, CAST(u.seq AS smallint) AS key_seq,
       CAST(k.conname AS varchar) AS fk_name,
       CAST((SELECT r.conname FROM pg_constraint r WHERE r.conrelid = p.oid AND r.contype IN ('p', 'u') AND r.conkey = k.confkey
              ORDER BY r.contype LIMIT 1) AS varchar) AS pk_name,
       CAST(NULL AS smallint) AS update_rule, CAST(NULL AS smallint) AS delete_rule, CAST(NULL AS smallint) AS deferrability
FROM pg_constraint k JOIN dw_known_tables c ON c.oid = k.conrelid JOIN dw_known_tables p ON p.oid = k.confrelid
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY u(attnum, referenced, seq)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum
JOIN pg_attribute pa ON pa.attrelid = p.oid AND pa.attnum = u.referenced
WHERE k.contype = 'f' AND NOT dw_hidden(k.conname);

-- The arguments that a call names: not those that are only returned.
CREATE VIEW pg_catalog.dw_routines AS
SELECT p.oid, n.nspname, p.proname, p.prokind, p.prorettype, a.types, p.proowner
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
CROSS JOIN LATERAL (SELECT coalesce(array_agg(t ORDER BY i), '{}') AS types
                      FROM unnest(coalesce(p.proallargtypes, CAST(p.proargtypes AS oid[])), CAST(p.proargmodes AS text[])) WITH ORDINALITY u(t, m, i)
                     WHERE m IS NULL OR m IN ('i', 'b', 'v')) a
WHERE NOT dw_hidden(p.proname) AND NOT 9001 = ANY (p.proargtypes) AND NOT 9003 = ANY (p.proargtypes) AND p.prokind IN ('f', 'p') AND n.nspname <> 'information_schema';
CREATE VIEW pg_catalog.dw_show_procedures AS
SELECT CAST(current_database() AS varchar) AS database_name, CAST(nspname AS varchar) AS schema_name, CAST(proname AS varchar) AS procedure_name,
       cardinality(types) AS number_of_arguments, CAST((SELECT string_agg(dw_data_type(t), ', ' ORDER BY i) FROM unnest(types) WITH ORDINALITY u(t, i)) AS varchar) AS argument_list,
       CAST(CASE WHEN prorettype NOT IN (0, 2278) THEN dw_data_type(prorettype) END AS varchar) AS return_type,
       CAST(obj_description(oid, 'pg_proc') AS varchar) AS remarks
FROM dw_routines WHERE prokind = 'p';
CREATE VIEW pg_catalog.dw_show_functions AS
SELECT CAST(current_database() AS varchar) AS database_name, CAST(nspname AS varchar) AS schema_name, CAST(proname AS varchar) AS function_name,
       cardinality(types) AS number_of_arguments, CAST((SELECT string_agg(dw_data_type(t), ', ' ORDER BY i) FROM unnest(types) WITH ORDINALITY u(t, i)) AS varchar) AS argument_list,
       dw_data_type(prorettype) AS return_type, CAST(obj_description(oid, 'pg_proc') AS varchar) AS remarks
FROM dw_routines WHERE prokind = 'f';

CREATE VIEW pg_catalog.dw_parameters AS
SELECT r.oid, r.prokind, r.nspname, r.proname, r.types, coalesce((p.proargnames)[i], '') AS name, CAST(i AS integer) AS position,
       CASE m WHEN 'o' THEN 'OUT' WHEN 'b' THEN 'INOUT' WHEN 't' THEN 'TABLE' ELSE 'IN' END AS mode, t AS type
FROM dw_routines r JOIN pg_proc p ON p.oid = r.oid
CROSS JOIN LATERAL unnest(coalesce(p.proallargtypes, CAST(p.proargtypes AS oid[])), CAST(p.proargmodes AS text[])) WITH ORDINALITY u(t, m, i)
UNION ALL
SELECT oid, prokind, nspname, proname, types, '', 0, 'RETURN', prorettype FROM dw_routines WHERE prokind = 'f';
CREATE FUNCTION pg_catalog.dw_same_types(oid[], text[]) RETURNS boolean LANGUAGE sql STABLE
    RETURN cardinality($1) = cardinality($2)
       AND NOT EXISTS (SELECT FROM unnest($1, $2) u(known, asked) WHERE dw_data_type(known) <> dw_data_type(CAST(to_regtype(asked) AS oid)) OR to_regtype(asked) IS NULL);
CREATE FUNCTION pg_catalog.dw_show_procedure_parameters(argument_types text[]) RETURNS TABLE (
        database_name varchar, schema_name varchar, procedure_name varchar, parameter_name varchar, ordinal_position integer, parameter_type varchar,
        data_type varchar, character_maximum_length integer, numeric_precision integer, numeric_scale integer) LANGUAGE sql STABLE AS $$
    SELECT current_database(), nspname, proname, name, position, mode, dw_data_type(type), dw_length(type, -1), dw_precision(type, -1), dw_scale(type, -1)
      FROM dw_parameters WHERE prokind = 'p' AND dw_same_types(types, $1)$$;
CREATE FUNCTION pg_catalog.dw_show_function_parameters(argument_types text[]) RETURNS TABLE (
        database_name varchar, schema_name varchar, function_name varchar, parameter_name varchar, ordinal_position integer, parameter_type varchar,
        data_type varchar, character_maximum_length integer, numeric_precision integer, numeric_scale integer) LANGUAGE sql STABLE AS $$
    SELECT current_database(), nspname, proname, name, position, mode, dw_data_type(type), dw_length(type, -1), dw_precision(type, -1), dw_scale(type, -1)
      FROM dw_parameters WHERE prokind = 'f' AND dw_same_types(types, $1)$$;

CREATE VIEW pg_catalog.dw_show_grants AS
SELECT current_database() AS database_name, r.nspname AS schema_name, r.relname AS object_name, r.table_type AS object_type,
       x.privilege_type, x.grantee AS identity_id, p.rolname AS identity_name, p.kind AS identity_type, x.is_grantable AS admin_option,
       r.table_type AS privilege_scope, pg_get_userbyid(x.grantor) AS grantor_name
FROM dw_relations r CROSS JOIN LATERAL aclexplode(r.relacl) x JOIN dw_principals p ON p.oid = x.grantee
UNION ALL
SELECT current_database(), n.nspname, n.nspname, 'SCHEMA', x.privilege_type, x.grantee, p.rolname, p.kind, x.is_grantable, 'SCHEMA', pg_get_userbyid(x.grantor)
FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) x JOIN dw_principals p ON p.oid = x.grantee WHERE n.nspname !~ '^pg_';
CREATE FUNCTION pg_catalog.dw_show_routine_grants(routine text, argument_types text[]) RETURNS TABLE (
    database_name varchar, schema_name varchar, object_name varchar, object_type varchar, privilege_type varchar, identity_id integer,
    identity_name varchar, identity_type varchar, admin_option boolean, privilege_scope varchar, grantor_name varchar) LANGUAGE sql STABLE AS $$
SELECT current_database(), n.nspname, f.proname, k.kind, x.privilege_type, CAST(x.grantee AS integer), p.rolname, p.kind, x.is_grantable, k.kind, pg_get_userbyid(x.grantor)
FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace
CROSS JOIN LATERAL (SELECT CASE f.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS kind) k
CROSS JOIN LATERAL aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) x JOIN dw_principals p ON p.oid = x.grantee
WHERE f.oid = CAST(routine || '(' || array_to_string(argument_types, ',') || ')' AS regprocedure)
$$;
CREATE VIEW pg_catalog.dw_show_column_grants AS
SELECT CAST(current_database() AS varchar) AS database_name, CAST(r.nspname AS varchar) AS schema_name, CAST(r.relname AS varchar) AS table_name,
       CAST(a.attname AS varchar) AS column_name, CAST('COLUMN' AS varchar) AS object_type, CAST(x.privilege_type AS varchar) AS privilege_type,
       CAST(x.grantee AS integer) AS identity_id, CAST(p.rolname AS varchar) AS identity_name, CAST(p.kind AS varchar) AS identity_type,
       x.is_grantable AS admin_option, CAST('COLUMN' AS varchar) AS privilege_scope, CAST(pg_get_userbyid(x.grantor) AS varchar) AS grantor_name
FROM dw_relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
CROSS JOIN LATERAL aclexplode(a.attacl) x JOIN dw_principals p ON p.oid = x.grantee;
GRANT SELECT ON pg_catalog.dw_show_databases, pg_catalog.dw_show_schemas, pg_catalog.dw_show_tables, pg_catalog.dw_known_tables, pg_catalog.dw_show_primary_keys,
    pg_catalog.dw_show_foreign_keys, pg_catalog.dw_routines, pg_catalog.dw_show_procedures, pg_catalog.dw_show_functions, pg_catalog.dw_parameters,
    pg_catalog.dw_show_grants, pg_catalog.dw_show_column_grants TO PUBLIC;
