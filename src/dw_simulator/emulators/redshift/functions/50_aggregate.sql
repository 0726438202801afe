-- "Aggregate functions" and the forms of window functions that PostgreSQL does not have.

-- FIRST_VALUE and LAST_VALUE with IGNORE NULLS.
CREATE FUNCTION pg_catalog.dw_keep_first(anyelement, anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$SELECT $1$$;
CREATE FUNCTION pg_catalog.dw_keep_last(anyelement, anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$SELECT $2$$;
CREATE AGGREGATE pg_catalog.dw_first_value(anyelement) (SFUNC = dw_keep_first, STYPE = anyelement);
CREATE AGGREGATE pg_catalog.dw_last_value(anyelement) (SFUNC = dw_keep_last, STYPE = anyelement);
CREATE FUNCTION pg_catalog.dw_nth(anyarray, bigint) RETURNS anyelement LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT $1[$2]$$;
CREATE FUNCTION pg_catalog.dw_nth_last(anyarray, bigint) RETURNS anyelement LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT $1[array_length($1, 1) - $2 + 1]$$;

-- LISTAGG and percentiles over collected values, for windows.
CREATE FUNCTION pg_catalog.dw_percentile_of(double precision[], double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (SELECT percentile_cont($2) WITHIN GROUP (ORDER BY v) FROM unnest($1) v);
CREATE FUNCTION pg_catalog.dw_percentile_cont(anyarray, double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT dw_percentile_of(CAST(CAST($1 AS text) AS double precision[]), $2)$$;
-- "MEDIAN function", "PERCENTILE_CONT function": whole numbers and decimals give a decimal, which is exact here; dates
-- and moments give their own type.
CREATE FUNCTION pg_catalog.dw_percentile_of(numeric[], numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (
    SELECT round(exact, greatest(least(scale(trim_scale(exact)), 37), places))
    FROM (SELECT v[low + 1] + (v[least(low + 2, cardinality(v))] - v[low + 1]) * (at - low) AS exact, places
          FROM (SELECT v, places, $2 * (cardinality(v) - 1) AS at, CAST(floor($2 * (cardinality(v) - 1)) AS integer) AS low
                FROM (SELECT array_agg(e ORDER BY e) AS v, greatest(max(scale(e)), 1) AS places FROM unnest($1) e WHERE e IS NOT NULL) AS sorted
               ) AS place
         ) AS found);
DO $do$
DECLARE kind text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['smallint', 'integer', 'bigint', 'numeric'] LOOP
        EXECUTE format('CREATE FUNCTION pg_catalog.dw_percentile_cont(%s[], double precision) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN dw_percentile_of(CAST($1 AS numeric[]), CAST($2 AS numeric))', kind);
    END LOOP;
    FOREACH kind IN ARRAY ARRAY['date', 'timestamp', 'timestamptz'] LOOP
        EXECUTE format('CREATE FUNCTION pg_catalog.dw_percentile_cont(%1$s[], double precision) RETURNS %1$s LANGUAGE sql STABLE PARALLEL SAFE
            RETURN (SELECT CAST(dw_from_seconds(percentile_cont($2) WITHIN GROUP (ORDER BY dw_seconds(CAST(v AS timestamp)))) AS %1$s) FROM unnest($1) v)', kind);
    END LOOP;
END$do$;
CREATE FUNCTION pg_catalog.dw_percentile_disc(anyarray, double precision) RETURNS anyelement
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT (SELECT percentile_disc($2) WITHIN GROUP (ORDER BY v) FROM unnest($1) v)$$;
-- "LISTAGG function": a result that is larger than the maximum size of a VARCHAR is an error.
CREATE FUNCTION pg_catalog.dw_listagg_fits(text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS
$$BEGIN
    IF octet_length($1) > 65535 THEN
        RAISE EXCEPTION 'Result size exceeds LISTAGG limit' USING ERRCODE = 'XX000', DETAIL = 'LISTAGG limit: 65535';
    END IF;
    RETURN $1;
END$$;
CREATE FUNCTION pg_catalog.dw_listagg(varchar[], text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT string_agg(v, $2 ORDER BY first) FROM
            (SELECT v, min(n) AS first FROM unnest($1) WITH ORDINALITY u(v, n) WHERE v IS NOT NULL GROUP BY v) s);
CREATE FUNCTION pg_catalog.dw_listagg_window(varchar[], text, boolean) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dw_listagg_fits(CASE WHEN $3 THEN dw_listagg($1, $2) ELSE array_to_string($1, $2) END);

-- "HyperLogLog functions": exact, over the set of hashes.
CREATE FUNCTION pg_catalog.dw_hll_step(text[], text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 IS NULL OR $2 = ANY ($1) THEN $1 ELSE array_append($1, $2) END;
CREATE FUNCTION pg_catalog.dw_hll_sketch(text[]) RETURNS hllsketch LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST('{"version":1,"logm":15,"sparse":{"indices":' ||
        coalesce((SELECT '[' || string_agg(CAST(i AS text), ',' ORDER BY i) || ']' FROM
                  (SELECT DISTINCT CAST(CAST('x' || substr(md5(v), 1, 7) AS bit(28)) AS integer) AS i FROM unnest($1) v) s), '[]')
        || ',"values":' ||
        coalesce((SELECT '[' || string_agg('1', ',') || ']' FROM
                  (SELECT DISTINCT substr(md5(v), 1, 7) FROM unnest($1) v) s), '[]') || '}}' AS json) AS hllsketch);
CREATE AGGREGATE pg_catalog.dw_hll_create_sketch(text) (SFUNC = dw_hll_step, STYPE = text[], INITCOND = '{}', FINALFUNC = dw_hll_sketch);
CREATE FUNCTION pg_catalog.hll_cardinality(hllsketch) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN json_array_length(CAST($1 AS json) -> 'sparse' -> 'indices');
CREATE FUNCTION pg_catalog.dw_hll_merge(json, json) RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $1 IS NULL THEN $2 WHEN $2 IS NULL THEN $1 ELSE
        (SELECT CAST('{"version":1,"logm":15,"sparse":{"indices":[' || string_agg(i, ',' ORDER BY CAST(i AS integer)) || '],"values":['
                     || string_agg('1', ',') || ']}}' AS json)
         FROM (SELECT i FROM json_array_elements_text($1 -> 'sparse' -> 'indices') i
               UNION SELECT i FROM json_array_elements_text($2 -> 'sparse' -> 'indices') i) s) END;
CREATE FUNCTION pg_catalog.hll_combine_sketches(hllsketch, hllsketch) RETURNS hllsketch LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(dw_hll_merge(CAST($1 AS json), CAST($2 AS json)) AS hllsketch);
CREATE AGGREGATE pg_catalog.hll_combine(json) (SFUNC = dw_hll_merge, STYPE = json);

-- "BOOL_AND function", "BOOL_OR function": whole numbers are true unless they are 0.
CREATE FUNCTION pg_catalog.dw_bool_and_step(boolean, bigint) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE WHEN $2 IS NULL THEN $1 ELSE coalesce($1, true) AND $2 <> 0 END;
CREATE FUNCTION pg_catalog.dw_bool_or_step(boolean, bigint) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE WHEN $2 IS NULL THEN $1 ELSE coalesce($1, false) OR $2 <> 0 END;
CREATE AGGREGATE pg_catalog.bool_and(bigint) (SFUNC = dw_bool_and_step, STYPE = boolean);
CREATE AGGREGATE pg_catalog.bool_or(bigint) (SFUNC = dw_bool_or_step, STYPE = boolean);
