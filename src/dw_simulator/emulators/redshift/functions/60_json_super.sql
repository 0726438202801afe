-- "JSON functions", "Array functions" and "SUPER type information functions".

-- Valid JSON without the blanks between its parts: a string is replaced by itself, blanks elsewhere by nothing.
CREATE FUNCTION pg_catalog.dw_compact(json) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN CAST($1 AS text) !~ '\s' THEN CAST($1 AS text)
                ELSE regexp_replace(CAST($1 AS text), '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g') END;
CREATE FUNCTION pg_catalog.dw_compact_text(json) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN json_typeof($1) IN ('object', 'array') THEN dw_compact($1) ELSE $1 #>> '{}' END;

-- --- between text and SUPER -----------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.json_parse(text) RETURNS super LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF NOT pg_input_is_valid($1, 'json') THEN
        IF current_setting('dw.parse_super_null_on_error', true) = 'on' THEN RETURN NULL; END IF;
        RAISE EXCEPTION 'The input string is not valid JSON: %', $1 USING ERRCODE = '22P02';
    END IF;
    IF NOT dw_unique_keys($1) THEN -- "SUPER configurations": an attribute comes once in an object
        IF current_setting('dw.parse_super_null_on_error', true) = 'on' THEN RETURN NULL; END IF;
        RAISE EXCEPTION 'The input string has an attribute twice in one object: %', $1 USING ERRCODE = '22030';
    END IF;
    IF json_typeof(CAST($1 AS json)) = 'null' THEN RETURN NULL; END IF;
    RETURN CAST(CAST(dw_compact(CAST($1 AS json)) AS json) AS super);
END$$;
CREATE FUNCTION pg_catalog.json_parse(bytea) RETURNS super LANGUAGE sql STABLE PARALLEL SAFE
    RETURN json_parse(convert_from($1, 'UTF8'));
CREATE FUNCTION pg_catalog.can_json_parse(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
    $$BEGIN RETURN pg_input_is_valid($1, 'json') AND dw_unique_keys($1); END$$;
CREATE FUNCTION pg_catalog.can_json_parse(bytea) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN can_json_parse(convert_from($1, 'UTF8'));
CREATE FUNCTION pg_catalog.json_serialize(super) RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST(CAST($1 AS json) AS text) AS varchar);
CREATE FUNCTION pg_catalog.json_serialize_to_varbyte(super) RETURNS varbyte LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN convert_to(CAST(CAST($1 AS json) AS text), 'UTF8');
CREATE FUNCTION pg_catalog.json_size(super) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN octet_length(CAST(CAST($1 AS json) AS text));
CREATE FUNCTION pg_catalog.size(super) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN octet_length(CAST(CAST($1 AS json) AS text));

-- --- JSON in strings ----------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.is_valid_json(text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $1 IS NOT NULL THEN coalesce(json_typeof(CAST(dw_valid($1, 'json') AS json)) = 'object', false) END;
CREATE FUNCTION pg_catalog.is_valid_json_array(text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $1 IS NOT NULL THEN coalesce(json_typeof(CAST(dw_valid($1, 'json') AS json)) = 'array', false) END;
CREATE FUNCTION pg_catalog.dw_json(text, boolean, text) RETURNS json LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF $1 IS NULL THEN RETURN NULL; END IF;
    IF pg_input_is_valid($1, 'json') AND ($3 <> 'array' OR json_typeof(CAST($1 AS json)) = 'array') THEN RETURN CAST($1 AS json); END IF;
    IF $2 THEN RETURN NULL; END IF;
    RAISE EXCEPTION 'JSON parsing error'
        USING DETAIL = CASE WHEN $3 = 'array' THEN 'invalid json array object ' ELSE 'invalid json object ' END || $1, ERRCODE = '22023';
END$$;
CREATE FUNCTION pg_catalog.json_extract_path_text(text, VARIADIC text[]) RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(dw_compact_text(dw_json($1, false, 'object') #> $2) AS varchar);
CREATE FUNCTION pg_catalog.dw_json_extract_path_text_or_null(text, VARIADIC text[]) RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(dw_compact_text(dw_json($1, true, 'object') #> $2) AS varchar);
CREATE FUNCTION pg_catalog.json_extract_array_element_text(text, integer) RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 >= 0 THEN CAST(dw_compact_text(dw_json($1, false, 'array') -> $2) AS varchar) END;
CREATE FUNCTION pg_catalog.dw_json_extract_array_element_text_or_null(text, integer) RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 >= 0 THEN CAST(dw_compact_text(dw_json($1, true, 'array') -> $2) AS varchar) END;
CREATE FUNCTION pg_catalog.json_array_length(text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN json_array_length(dw_json($1, false, 'array'));
CREATE FUNCTION pg_catalog.dw_json_array_length_or_null(text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN json_array_length(dw_json($1, true, 'array'));
CREATE FUNCTION pg_catalog.json_array_length(super) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN dw_kind($1) = 'array' THEN json_array_length(CAST($1 AS json)) END;

-- --- navigation and unnesting ("Querying semistructured data") --------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_not_null(json) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN json_typeof($1) <> 'null' THEN CAST($1 AS super) END;
CREATE FUNCTION pg_catalog.dw_get(super, text) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dw_not_null(CAST($1 AS json) -> $2);
CREATE FUNCTION pg_catalog.dw_at(super, bigint) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 >= 0 THEN dw_not_null(CAST($1 AS json) -> CAST($2 AS integer)) END;
-- Arrays of the catalog count from 1.
CREATE FUNCTION pg_catalog.dw_at(anyarray, bigint) RETURNS anyelement LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT $1[$2]$$;
CREATE FUNCTION pg_catalog.dw_at(int2vector, bigint) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT $1[$2]$$;
CREATE FUNCTION pg_catalog.dw_at(oidvector, bigint) RETURNS oid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT $1[$2]$$;
CREATE FUNCTION pg_catalog.dw_elements(super) RETURNS SETOF super LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT dw_not_null(value) FROM json_array_elements(CASE WHEN dw_kind($1) = 'array' THEN CAST($1 AS json) ELSE json_build_array(CAST($1 AS json)) END) WHERE $1 IS NOT NULL$$;
CREATE FUNCTION pg_catalog.dw_elements_at(super) RETURNS TABLE (value super, index bigint) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT dw_not_null(e), n - 1 FROM json_array_elements(CASE WHEN dw_kind($1) = 'array' THEN CAST($1 AS json) ELSE json_build_array(CAST($1 AS json)) END) WITH ORDINALITY u(e, n) WHERE $1 IS NOT NULL$$;
CREATE FUNCTION pg_catalog.dw_members(super) RETURNS TABLE (value super, name varchar) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT dw_not_null(m.value), CAST(m.key AS varchar) FROM json_each(CASE WHEN dw_kind($1) = 'object' THEN CAST($1 AS json) END) m$$;

-- --- making arrays and objects ----------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_text(super) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(CAST(CAST($1 AS json) AS text), 'null');
CREATE FUNCTION pg_catalog.dw_array(VARIADIC super[]) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST('[' || (SELECT string_agg(dw_text(e), ',' ORDER BY n) FROM unnest($1) WITH ORDINALITY u(e, n)) || ']' AS json) AS super);
CREATE FUNCTION pg_catalog.dw_object(VARIADIC super[]) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST('{' || (SELECT string_agg(dw_text($1[i]) || ':' || dw_text($1[i + 1]), ',' ORDER BY i)
                             FROM generate_series(1, array_length($1, 1), 2) i) || '}' AS json) AS super);
CREATE FUNCTION pg_catalog.dw_items(super) RETURNS SETOF super LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT CAST(value AS super) FROM json_array_elements(CASE WHEN dw_kind($1) = 'array' THEN CAST($1 AS json) END)$$;
CREATE FUNCTION pg_catalog.dw_join(text[]) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST('[' || array_to_string($1, ',', 'null') || ']' AS json) AS super);
CREATE FUNCTION pg_catalog.dw_item_texts(super) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN dw_kind($1) = 'array' THEN coalesce((SELECT array_agg(dw_text(i)) FROM dw_items($1) i), '{}') END;
CREATE FUNCTION pg_catalog.array_concat(super, super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dw_join(dw_item_texts($1) || dw_item_texts($2));
CREATE FUNCTION pg_catalog.subarray(super, integer, integer DEFAULT 2147483647) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT dw_join(coalesce(array_agg(t ORDER BY n) FILTER (WHERE n > place AND n <= CAST(place AS bigint) + $3), '{}'))
            FROM unnest(dw_item_texts($1)) WITH ORDINALITY u(t, n), -- a negative position counts from the end
                 (SELECT CASE WHEN $2 < 0 THEN cardinality(dw_item_texts($1)) + $2 ELSE $2 END AS place) p);
CREATE FUNCTION pg_catalog.array_flatten(super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT dw_join((SELECT coalesce(array_agg(t ORDER BY n, m), '{}') FROM unnest(dw_item_texts($1)) WITH ORDINALITY u(e, n),
        LATERAL unnest(CASE WHEN json_typeof(CAST(e AS json)) = 'array'
                            THEN dw_item_texts(array_flatten(CAST(CAST(e AS json) AS super))) ELSE ARRAY[e] END) WITH ORDINALITY v(t, m)))$$;
CREATE FUNCTION pg_catalog.split_to_array(text, text DEFAULT ',') RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST(dw_compact(to_json(string_to_array($1, $2))) AS json) AS super);
CREATE FUNCTION pg_catalog.get_array_length(super) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN dw_kind($1) = 'array' THEN json_array_length(CAST($1 AS json)) END;
-- "Array functions": what is equal in SUPER is equal here (1 and 1.0), and NULL is an element like others.
CREATE FUNCTION pg_catalog.array_distinct(super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT dw_join(coalesce(array_agg(t ORDER BY n), '{}')) FROM
            (SELECT DISTINCT ON (CAST(t AS jsonb)) t, n FROM unnest(dw_item_texts($1)) WITH ORDINALITY u(t, n) ORDER BY CAST(t AS jsonb), n) s);
-- Which elements are the value; nothing when NULLs do not match and one is sought, or might be the value.
CREATE FUNCTION pg_catalog.dw_matches(super, super, null_match boolean) RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN coalesce(null_match, current_setting('dw.default_array_search_null_handling', true) IS DISTINCT FROM 'off') THEN found WHEN $2 IS NOT NULL AND dw_kind($2) <> 'null' AND (found <> '{}' OR NOT unknown) THEN found END
            FROM (SELECT coalesce(array_agg(n - 1 ORDER BY n) FILTER (WHERE CAST(dw_text(i) AS jsonb) = CAST(dw_text($2) AS jsonb)), '{}') AS found,
                         coalesce(bool_or(dw_kind(i) = 'null'), false) AS unknown
                  FROM dw_items($1) WITH ORDINALITY u(i, n)) s
            WHERE $1 IS NOT NULL);
CREATE FUNCTION pg_catalog.array_contains(super, super) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN dw_matches($1, $2, NULL) <> '{}';
CREATE FUNCTION pg_catalog.array_contains(super, super, null_match boolean) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN dw_matches($1, $2, $3) <> '{}';
CREATE FUNCTION pg_catalog.array_position(super, super, null_match boolean) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN m IS NOT NULL THEN coalesce(m[1], -1) END FROM dw_matches($1, $2, $3) m);
CREATE FUNCTION pg_catalog.array_position(super, super) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE RETURN array_position($1, $2, NULL);
CREATE FUNCTION pg_catalog.array_positions(super, super, null_match boolean) RETURNS super LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN m IS NOT NULL THEN dw_join(CAST(m AS text[])) END FROM dw_matches($1, $2, $3) m);
CREATE FUNCTION pg_catalog.array_positions(super, super) RETURNS super LANGUAGE sql STABLE PARALLEL SAFE RETURN array_positions($1, $2, NULL);
CREATE FUNCTION pg_catalog.array_union(super, super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_distinct(array_concat($1, $2));
-- Unless they are sets, an element counts as often as it is there: what is in both is taken as often as in the one that has it less often.
CREATE FUNCTION pg_catalog.dw_shared(super, super, shared boolean) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT dw_join(coalesce(array_agg(t ORDER BY n) FILTER (WHERE (occurrence <= others) = shared), '{}'))
            FROM (SELECT t, n, row_number() OVER (PARTITION BY CAST(t AS jsonb) ORDER BY n) AS occurrence,
                         (SELECT count(*) FROM unnest(dw_item_texts($2)) o WHERE CAST(o AS jsonb) = CAST(t AS jsonb)) AS others
                  FROM unnest(dw_item_texts($1)) WITH ORDINALITY u(t, n)) s
            WHERE $1 IS NOT NULL AND $2 IS NOT NULL);
CREATE FUNCTION pg_catalog.array_intersection(super, super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_shared($1, $2, true);
CREATE FUNCTION pg_catalog.array_except(super, super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_shared($1, $2, false);
CREATE FUNCTION pg_catalog.array_intersection(super, super, is_set boolean) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $3 THEN dw_shared(array_distinct($1), array_distinct($2), true) ELSE dw_shared($1, $2, true) END;
CREATE FUNCTION pg_catalog.array_except(super, super, is_set boolean) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $3 THEN dw_shared(array_distinct($1), array_distinct($2), false) ELSE dw_shared($1, $2, false) END;
CREATE FUNCTION pg_catalog.array_sort(super, ascending boolean, nulls_first boolean) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT dw_join(coalesce(array_agg(dw_text(i) ORDER BY (dw_kind(i) = 'null') <> nulls_first,
                                              CASE WHEN ascending THEN place ELSE -place END), '{}'))
            FROM (SELECT i, row_number() OVER (ORDER BY array_position(ARRAY['boolean', 'number', 'string', 'array', 'object'], dw_kind(i)), i) AS place
                  FROM dw_items($1) i) s
            WHERE $1 IS NOT NULL);
CREATE FUNCTION pg_catalog.array_sort(super, ascending boolean) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN array_sort($1, $2, NOT $2);
CREATE FUNCTION pg_catalog.array_sort(super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN array_sort($1, true, false);

-- --- "SUPER type information functions" ---------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.json_typeof(super) RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(dw_kind($1) AS varchar);
-- Of NULL all of these are false ("Types of introspection").
CREATE FUNCTION pg_catalog.is_array(super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN coalesce(dw_kind($1) = 'array', false);
CREATE FUNCTION pg_catalog.is_object(super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN coalesce(dw_kind($1) = 'object', false);
CREATE FUNCTION pg_catalog.is_scalar(super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN coalesce(dw_kind($1) NOT IN ('array', 'object', 'null'), false);
CREATE FUNCTION pg_catalog.is_varchar(super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN coalesce(dw_kind($1) = 'string', false);
CREATE FUNCTION pg_catalog.is_char(super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(dw_kind($1) = 'string' AND octet_length(dw_scalar($1)) = char_length(dw_scalar($1)), false);
CREATE FUNCTION pg_catalog.is_boolean(super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN coalesce(dw_kind($1) = 'boolean', false);
CREATE FUNCTION pg_catalog.dw_whole(super, numeric) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN dw_kind($1) = 'number' THEN dw_scalar($1) ~ '^-?[0-9]+$' AND abs(dw_super_numeric($1)) < $2 ELSE false END;
CREATE FUNCTION pg_catalog.is_smallint(super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_whole($1, 32768);
CREATE FUNCTION pg_catalog.is_integer(super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_whole($1, 2147483648);
CREATE FUNCTION pg_catalog.is_bigint(super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_whole($1, 9223372036854775808);
-- "IS_DECIMAL function", "IS_FLOAT function": every number is one or the other, and whole ones are decimals.
CREATE FUNCTION pg_catalog.is_decimal(super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(dw_kind($1) = 'number' AND dw_scalar($1) !~ '[eE]', false);
CREATE FUNCTION pg_catalog.is_float(super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(dw_kind($1) = 'number' AND dw_scalar($1) ~ '[eE]', false);
CREATE FUNCTION pg_catalog.decimal_precision(super) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN is_decimal($1) THEN length(ltrim(regexp_replace(dw_scalar($1), '[^0-9]', '', 'g'), '0')) END;
CREATE FUNCTION pg_catalog.decimal_scale(super) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN is_decimal($1) THEN scale(dw_super_numeric($1)) END;
-- "FLOOR function" and its like: a SUPER number stays one of its own dynamic type, everything else is NULL.
DO $do$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['abs', 'ceil', 'ceiling', 'floor', 'round', 'trunc', 'sign'] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_catalog.%1$s(super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN CASE WHEN is_decimal($1) THEN dw_super(%1$s(dw_super_numeric($1))) WHEN is_float($1) THEN dw_super(%1$s(dw_super_float8($1))) END', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['round', 'trunc'] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_catalog.%1$s(super, integer) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN CASE WHEN is_decimal($1) THEN dw_super(%1$s(dw_super_numeric($1), $2)) WHEN is_float($1) THEN dw_super(%1$s(dw_super_float8($1), $2)) END', name);
    END LOOP;
END$do$;
CREATE FUNCTION pg_catalog.lower_attribute_names(super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT CASE dw_kind($1)
        WHEN 'object' THEN CAST(CAST('{' || coalesce((SELECT string_agg(CAST(to_json(lower(key)) AS text) || ':' || dw_text(lower_attribute_names(CAST(value AS super))), ',') FROM json_each(CAST($1 AS json))), '') || '}' AS json) AS super)
        WHEN 'array' THEN (SELECT dw_join(coalesce(array_agg(dw_text(lower_attribute_names(i))), '{}')) FROM dw_items($1) i)
        ELSE $1 END$$;
