-- COLLATE CASE_INSENSITIVE ("CREATE DATABASE", "Database collation"; "CREATE TABLE"; "COLLATE function"): types whose
-- values are strings that keep their case, and whose comparisons do not see it. There is no implicit cast from or to the
-- strings of PostgreSQL: what would mix collations, or is not defined here, is an error and never a comparison by case.
SET LOCAL search_path = pg_catalog;

-- --- the types: OIDs of their own, which protocol/types.py knows ----------------------------------------------------------
CREATE TYPE pg_catalog.dw_ci;
UPDATE pg_depend SET objid = 9001 WHERE classid = 'pg_type'::regclass AND objid = (SELECT oid FROM pg_type WHERE typname = 'dw_ci' AND typnamespace = 11);
UPDATE pg_type SET oid = 9001 WHERE typname = 'dw_ci' AND typnamespace = 11;
CREATE TYPE pg_catalog.dw_ci_char;
UPDATE pg_depend SET objid = 9003 WHERE classid = 'pg_type'::regclass AND objid = (SELECT oid FROM pg_type WHERE typname = 'dw_ci_char' AND typnamespace = 11);
UPDATE pg_type SET oid = 9003 WHERE typname = 'dw_ci_char' AND typnamespace = 11;

CREATE FUNCTION pg_catalog.dw_ci_in(cstring, oid, integer) RETURNS dw_ci LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'varcharin';
CREATE FUNCTION pg_catalog.dw_ci_out(dw_ci) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'varcharout';
CREATE FUNCTION pg_catalog.dw_ci_recv(internal, oid, integer) RETURNS dw_ci LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'varcharrecv';
CREATE FUNCTION pg_catalog.dw_ci_send(dw_ci) RETURNS bytea LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'varcharsend';
CREATE TYPE pg_catalog.dw_ci (
    INPUT = dw_ci_in, OUTPUT = dw_ci_out, RECEIVE = dw_ci_recv, SEND = dw_ci_send, TYPMOD_IN = varchartypmodin, TYPMOD_OUT = varchartypmodout,
    LIKE = varchar, CATEGORY = 'S', COLLATABLE = true
);
CREATE FUNCTION pg_catalog.dw_ci_char_in(cstring, oid, integer) RETURNS dw_ci_char LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'bpcharin';
CREATE FUNCTION pg_catalog.dw_ci_char_out(dw_ci_char) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'bpcharout';
CREATE FUNCTION pg_catalog.dw_ci_char_recv(internal, oid, integer) RETURNS dw_ci_char LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'bpcharrecv';
CREATE FUNCTION pg_catalog.dw_ci_char_send(dw_ci_char) RETURNS bytea LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'bpcharsend';
CREATE TYPE pg_catalog.dw_ci_char (
    INPUT = dw_ci_char_in, OUTPUT = dw_ci_char_out, RECEIVE = dw_ci_char_recv, SEND = dw_ci_char_send, TYPMOD_IN = bpchartypmodin, TYPMOD_OUT = bpchartypmodout,
    LIKE = bpchar, CATEGORY = 'S', COLLATABLE = true
);

-- --- casts: assignments only, and a length ------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_ci(dw_ci, integer, boolean) RETURNS dw_ci LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'varchar';
CREATE FUNCTION pg_catalog.dw_ci_char(dw_ci_char, integer, boolean) RETURNS dw_ci_char LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'bpchar';
CREATE FUNCTION pg_catalog.dw_ci_trimmed(dw_ci_char) RETURNS dw_ci LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'rtrim1';
CREATE FUNCTION pg_catalog.dw_ci_text(dw_ci_char) RETURNS text LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'rtrim1';
CREATE FUNCTION pg_catalog.dw_ci_of(bpchar) RETURNS dw_ci LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'rtrim1';
CREATE CAST (dw_ci AS dw_ci) WITH FUNCTION pg_catalog.dw_ci(dw_ci, integer, boolean) AS IMPLICIT;
CREATE CAST (dw_ci_char AS dw_ci_char) WITH FUNCTION pg_catalog.dw_ci_char(dw_ci_char, integer, boolean) AS IMPLICIT;
CREATE CAST (dw_ci_char AS dw_ci) WITH FUNCTION pg_catalog.dw_ci_trimmed(dw_ci_char) AS IMPLICIT;
CREATE CAST (dw_ci AS dw_ci_char) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (text AS dw_ci) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (varchar AS dw_ci) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (bpchar AS dw_ci) WITH FUNCTION pg_catalog.dw_ci_of(bpchar) AS ASSIGNMENT;
CREATE CAST (text AS dw_ci_char) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (varchar AS dw_ci_char) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (bpchar AS dw_ci_char) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (dw_ci AS text) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (dw_ci AS varchar) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (dw_ci AS bpchar) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (dw_ci_char AS text) WITH FUNCTION pg_catalog.dw_ci_text(dw_ci_char) AS ASSIGNMENT;
CREATE CAST (dw_ci_char AS varchar) WITH FUNCTION pg_catalog.dw_ci_text(dw_ci_char) AS ASSIGNMENT;
CREATE CAST (dw_ci_char AS bpchar) WITHOUT FUNCTION AS ASSIGNMENT;

-- "DB_COLLATION".
CREATE FUNCTION pg_catalog.db_collation() RETURNS varchar LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CAST(coalesce(nullif(current_setting('dw.compares', true), ''), 'case_sensitive') AS varchar);

-- What is compared.
CREATE FUNCTION pg_catalog.dw_ci_key(dw_ci) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN lower(CAST($1 AS text));
CREATE FUNCTION pg_catalog.dw_ci_key(dw_ci_char) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN lower(CAST($1 AS text));

-- --- comparisons; with the functions of PostgreSQL's citext, where that is installed, which do the same in C --------------
DO $do$
DECLARE
    kind text;
    name text;
    result text;
    body text;
    compiled boolean := true;
BEGIN
    BEGIN
        CREATE FUNCTION pg_catalog.dw_ci_probe(text, text) RETURNS boolean LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS '$libdir/citext', 'citext_eq';
        DROP FUNCTION pg_catalog.dw_ci_probe(text, text);
    EXCEPTION WHEN OTHERS THEN compiled := false;
    END;
    FOR name, result, body IN VALUES
        ('eq', 'boolean', 'dw_ci_key($1) = dw_ci_key($2)'), ('ne', 'boolean', 'dw_ci_key($1) <> dw_ci_key($2)'),
        ('lt', 'boolean', 'dw_ci_key($1) < dw_ci_key($2)'), ('le', 'boolean', 'dw_ci_key($1) <= dw_ci_key($2)'),
        ('gt', 'boolean', 'dw_ci_key($1) > dw_ci_key($2)'), ('ge', 'boolean', 'dw_ci_key($1) >= dw_ci_key($2)'),
        ('cmp', 'integer', 'bttextcmp(dw_ci_key($1), dw_ci_key($2))') LOOP
        FOREACH kind IN ARRAY ARRAY['dw_ci', 'dw_ci_char'] LOOP
            EXECUTE format('CREATE OR REPLACE FUNCTION pg_catalog.dw_ci_%1$s(%2$s, %2$s) RETURNS %3$s IMMUTABLE STRICT PARALLEL SAFE ', name, kind, result)
                || CASE WHEN compiled AND kind = 'dw_ci' THEN format('LANGUAGE c AS ''$libdir/citext'', ''citext_%s''', name)
                        ELSE format('LANGUAGE sql RETURN %s', body) END;
        END LOOP;
    END LOOP;
    FOREACH kind IN ARRAY ARRAY['dw_ci', 'dw_ci_char'] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_catalog.dw_ci_hash(%1$s) RETURNS integer IMMUTABLE STRICT PARALLEL SAFE ', kind)
            || CASE WHEN compiled AND kind = 'dw_ci' THEN 'LANGUAGE c AS ''$libdir/citext'', ''citext_hash''' ELSE 'LANGUAGE sql RETURN hashtext(dw_ci_key($1))' END;
    END LOOP;
END$do$;
DO $do$
DECLARE
    kind text;
    entry record;
BEGIN
    IF EXISTS (SELECT FROM pg_opclass WHERE opcname = 'dw_ci_ops') THEN RETURN; END IF;
    FOREACH kind IN ARRAY ARRAY['dw_ci', 'dw_ci_char'] LOOP
        FOR entry IN SELECT * FROM (VALUES ('=', 'eq', '=', '<>', 'eqsel', 'eqjoinsel', ', HASHES, MERGES'), ('<>', 'ne', '<>', '=', 'neqsel', 'neqjoinsel', ''),
                                           ('<', 'lt', '>', '>=', 'scalarltsel', 'scalarltjoinsel', ''), ('<=', 'le', '>=', '>', 'scalarlesel', 'scalarlejoinsel', ''),
                                           ('>', 'gt', '<', '<=', 'scalargtsel', 'scalargtjoinsel', ''), ('>=', 'ge', '<=', '<', 'scalargesel', 'scalargejoinsel', ''))
                              v(sign, name, commutator, negator, restriction, joins, more) LOOP
            EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = %2$s, RIGHTARG = %2$s, FUNCTION = dw_ci_%3$s, COMMUTATOR = OPERATOR(pg_catalog.%4$s), '
                           'NEGATOR = OPERATOR(pg_catalog.%5$s), RESTRICT = %6$s, JOIN = %7$s%8$s)',
                           entry.sign, kind, entry.name, entry.commutator, entry.negator, entry.restriction, entry.joins, entry.more);
        END LOOP;
        EXECUTE format('CREATE OPERATOR CLASS pg_catalog.%1$s_ops DEFAULT FOR TYPE %1$s USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, '
                       'OPERATOR 5 >, FUNCTION 1 dw_ci_cmp(%1$s, %1$s)', kind);
        EXECUTE format('CREATE OPERATOR CLASS pg_catalog.%1$s_hash_ops DEFAULT FOR TYPE %1$s USING hash AS OPERATOR 1 =, FUNCTION 1 dw_ci_hash(%1$s)', kind);
    END LOOP;
END$do$;

-- --- patterns: LIKE, ILIKE, SIMILAR TO and the POSIX operators -------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_ci_like(dw_ci, text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'texticlike';
CREATE FUNCTION pg_catalog.dw_ci_nlike(dw_ci, text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'texticnlike';
CREATE FUNCTION pg_catalog.dw_ci_regex(dw_ci, text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'texticregexeq';
CREATE FUNCTION pg_catalog.dw_ci_nregex(dw_ci, text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'texticregexne';
CREATE FUNCTION pg_catalog.dw_ci_like(dw_ci, dw_ci) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'texticlike';
CREATE FUNCTION pg_catalog.dw_ci_nlike(dw_ci, dw_ci) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'texticnlike';
CREATE FUNCTION pg_catalog.dw_ci_regex(dw_ci, dw_ci) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'texticregexeq';
CREATE FUNCTION pg_catalog.dw_ci_nregex(dw_ci, dw_ci) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'texticregexne';
DO $do$
DECLARE
    entry record;
    other text;
BEGIN
    IF EXISTS (SELECT FROM pg_operator WHERE oprname = '~~' AND oprleft = 9001) THEN RETURN; END IF;
    FOR entry IN SELECT * FROM (VALUES ('~~', 'like', '!~~'), ('!~~', 'nlike', '~~'), ('~~*', 'like', '!~~*'), ('!~~*', 'nlike', '~~*'),
                                       ('~', 'regex', '!~'), ('!~', 'nregex', '~'), ('~*', 'regex', '!~*'), ('!~*', 'nregex', '~*')) v(sign, name, negator) LOOP
        FOREACH other IN ARRAY ARRAY['text', 'dw_ci'] LOOP
            EXECUTE format('CREATE OPERATOR pg_catalog.%1$s (LEFTARG = dw_ci, RIGHTARG = %3$s, FUNCTION = dw_ci_%2$s, NEGATOR = OPERATOR(pg_catalog.%4$s))',
                           entry.sign, entry.name, other, entry.negator);
        END LOOP;
    END LOOP;
END$do$;

-- --- aggregates ---------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_ci_smaller(dw_ci, dw_ci) RETURNS dw_ci LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CASE WHEN $1 <= $2 THEN $1 ELSE $2 END;
CREATE FUNCTION pg_catalog.dw_ci_larger(dw_ci, dw_ci) RETURNS dw_ci LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CASE WHEN $1 >= $2 THEN $1 ELSE $2 END;
CREATE AGGREGATE pg_catalog.min(dw_ci) (SFUNC = dw_ci_smaller, STYPE = dw_ci, SORTOP = OPERATOR(pg_catalog.<), COMBINEFUNC = dw_ci_smaller, PARALLEL = SAFE);
CREATE AGGREGATE pg_catalog.max(dw_ci) (SFUNC = dw_ci_larger, STYPE = dw_ci, SORTOP = OPERATOR(pg_catalog.>), COMBINEFUNC = dw_ci_larger, PARALLEL = SAFE);
-- LISTAGG(DISTINCT …): what is aggregated is a string, and one that compares as its column does.
CREATE FUNCTION pg_catalog.dw_string(anyelement) RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT CAST($1 AS varchar)$$;
CREATE FUNCTION pg_catalog.dw_string(text) RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST($1 AS varchar);
CREATE FUNCTION pg_catalog.dw_string(dw_ci) RETURNS dw_ci LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $1;
CREATE FUNCTION pg_catalog.dw_string(dw_ci_char) RETURNS dw_ci LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST($1 AS dw_ci);
CREATE FUNCTION pg_catalog.dw_ci_append(text, dw_ci, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 IS NULL THEN $1 WHEN $1 IS NULL THEN CAST($2 AS text) ELSE $1 || $3 || CAST($2 AS text) END;
CREATE FUNCTION pg_catalog.dw_ci_whole(text) RETURNS dw_ci LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST($1 AS dw_ci);
CREATE AGGREGATE pg_catalog.string_agg(dw_ci, text) (SFUNC = dw_ci_append, STYPE = text, FINALFUNC = dw_ci_whole);
CREATE FUNCTION pg_catalog.dw_listagg_fits(dw_ci) RETURNS dw_ci LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(dw_listagg_fits(CAST($1 AS text)) AS dw_ci);
CREATE FUNCTION pg_catalog.dw_listagg(dw_ci[], text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT string_agg(CAST(v AS text), $2 ORDER BY first) FROM
            (SELECT (array_agg(v ORDER BY n))[1] AS v, min(n) AS first FROM unnest($1) WITH ORDINALITY u(v, n) WHERE v IS NOT NULL GROUP BY u.v) s);

-- A column of another collation is an error: already when the statement is planned, for this is folded into the plan.
CREATE FUNCTION pg_catalog.dw_ci_mixed() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION 'Query with different collations is not supported yet.' USING ERRCODE = '0A000';
END$$;

-- --- functions ----------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_ci_concat(dw_ci, dw_ci) RETURNS dw_ci LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textcat';
CREATE OPERATOR pg_catalog.|| (LEFTARG = dw_ci, RIGHTARG = dw_ci, FUNCTION = dw_ci_concat);
CREATE OPERATOR pg_catalog.+ (LEFTARG = dw_ci, RIGHTARG = dw_ci, FUNCTION = dw_ci_concat);
-- These would take a string of any type: "text || anynonarray", and concat of anything.
CREATE FUNCTION pg_catalog.dw_ci_no_concat(text, dw_ci) RETURNS dw_ci LANGUAGE sql IMMUTABLE RETURN CASE WHEN dw_ci_mixed() THEN $2 END;
CREATE FUNCTION pg_catalog.dw_ci_no_concat(dw_ci, text) RETURNS dw_ci LANGUAGE sql IMMUTABLE RETURN CASE WHEN dw_ci_mixed() THEN $1 END;
CREATE OPERATOR pg_catalog.|| (LEFTARG = text, RIGHTARG = dw_ci, FUNCTION = dw_ci_no_concat);
CREATE OPERATOR pg_catalog.|| (LEFTARG = dw_ci, RIGHTARG = text, FUNCTION = dw_ci_no_concat);
CREATE FUNCTION pg_catalog.concat(text, dw_ci) RETURNS dw_ci LANGUAGE sql IMMUTABLE RETURN CASE WHEN dw_ci_mixed() THEN $2 END;
CREATE FUNCTION pg_catalog.concat(dw_ci, text) RETURNS dw_ci LANGUAGE sql IMMUTABLE RETURN CASE WHEN dw_ci_mixed() THEN $1 END;
CREATE FUNCTION pg_catalog.strpos(dw_ci, dw_ci) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN strpos(dw_ci_key($1), dw_ci_key($2));
CREATE FUNCTION pg_catalog."position"(dw_ci, dw_ci) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN strpos(dw_ci_key($1), dw_ci_key($2));
CREATE FUNCTION pg_catalog.charindex(dw_ci, dw_ci) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN strpos(dw_ci_key($2), dw_ci_key($1));
CREATE FUNCTION pg_catalog.dw_regexp_replace(dw_ci, text, text DEFAULT '', integer DEFAULT 1, text DEFAULT 'c') RETURNS dw_ci
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(dw_regexp_replace(CAST($1 AS text), $2, $3, $4, $5 || 'i') AS dw_ci);
CREATE FUNCTION pg_catalog.dw_regexp_substr(dw_ci, text, integer DEFAULT 1, integer DEFAULT 1, text DEFAULT 'c') RETURNS dw_ci
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(dw_regexp_substr(CAST($1 AS text), $2, $3, $4, $5 || 'i') AS dw_ci);
CREATE FUNCTION pg_catalog.dw_regexp_instr(dw_ci, text, integer DEFAULT 1, integer DEFAULT 1, integer DEFAULT 0, text DEFAULT 'c') RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_regexp_instr(CAST($1 AS text), $2, $3, $4, $5, $6 || 'i');
CREATE FUNCTION pg_catalog.dw_regexp_count(dw_ci, text, integer DEFAULT 1, text DEFAULT 'c') RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_regexp_count(CAST($1 AS text), $2, $3, $4 || 'i');
-- Functions that look at characters, not at what is equal: those in the first list make strings of the same collation.
DO $do$
DECLARE
    keeping CONSTANT text[] := ARRAY['upper', 'lower', 'initcap', 'left', 'right', 'lpad', 'rpad', 'ltrim', 'rtrim', 'btrim', 'repeat', 'replicate', 'reverse',
        'substring', 'dw_substring', 'concat', 'replace', 'translate', 'dw_split_part', 'dw_cut'];
    reading CONSTANT text[] := ARRAY['len', 'length', 'char_length', 'character_length', 'octet_length', 'textlen', 'ascii', 'crc32', 'md5', 'sha', 'sha1', 'sha2', 'func_sha1',
        'fnv_hash', 'farmfingerprint64', 'checksum', 'murmur3_32_hash', 'soundex', 'difference', 'strtol', 'to_number', 'dw_to_date', 'dw_to_timestamp', 'dw_valid',
        'json_extract_path_text', 'json_extract_array_element_text', 'json_array_length', 'is_valid_json', 'is_valid_json_array', 'can_json_parse', 'json_parse',
        'url_encode', 'url_decode', 'quote_ident', 'dw_quote_literal', 'octetindex', 'dw_hll_create_sketch'];
    entry record;
    count integer;
    declared text;
    passed text;
BEGIN
    FOR entry IN SELECT proname, proargtypes, prorettype, provolatile, pronargs, pronargdefaults FROM pg_proc
                  WHERE pronamespace = 11 AND prokind = 'f' AND provariadic = 0 AND proname = ANY (keeping || reading)
                    AND (25 = ANY (proargtypes) OR 1043 = ANY (proargtypes)) AND NOT 9001 = ANY (proargtypes) ORDER BY oid LOOP
        FOR count IN entry.pronargs - entry.pronargdefaults .. entry.pronargs LOOP
            SELECT string_agg(CASE WHEN kind IN (25, 1043) THEN 'pg_catalog.dw_ci' ELSE format_type(kind, NULL) END, ', ' ORDER BY n),
                   string_agg(format(CASE WHEN kind IN (25, 1043) THEN 'CAST($%s AS %s)' ELSE '$%s' END, n, format_type(kind, NULL)), ', ' ORDER BY n)
              INTO declared, passed FROM unnest(CAST(entry.proargtypes AS oid[])) WITH ORDINALITY a(kind, n) WHERE n <= count;
            CONTINUE WHEN to_regprocedure(format('pg_catalog.%I(%s)', entry.proname, declared)) IS NOT NULL;
            EXECUTE format('CREATE FUNCTION pg_catalog.%I(%s) RETURNS %s LANGUAGE sql %s PARALLEL SAFE RETURN ', entry.proname, declared,
                           CASE WHEN entry.proname = ANY (keeping) THEN 'pg_catalog.dw_ci' ELSE format_type(entry.prorettype, NULL) END,
                           CASE entry.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END)
                || format(CASE WHEN entry.proname = ANY (keeping) THEN 'CAST(pg_catalog.%I(%s) AS pg_catalog.dw_ci)' ELSE 'pg_catalog.%I(%s)' END, entry.proname, passed);
        END LOOP;
    END LOOP;
END$do$;
