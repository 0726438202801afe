-- Data types that PostgreSQL does not have. "Data types": SUPER, VARBYTE, HLLSKETCH.
-- SUPER is JSON text without blanks, so that keys keep their order and every byte goes to the client as it lies there.
-- It gets the OID that Redshift's drivers know: made as a shell type first, so that everything after refers to it.
SET LOCAL standard_conforming_strings = on;
-- In every string of Redshift a backslash escapes.
ALTER ROLE ALL SET standard_conforming_strings = off;
ALTER ROLE ALL SET escape_string_warning = off;
ALTER ROLE ALL SET backslash_quote = on;
SET LOCAL search_path = pg_catalog;

CREATE TYPE pg_catalog.super;
UPDATE pg_depend SET objid = 4000 WHERE classid = 'pg_type'::regclass AND objid = (SELECT oid FROM pg_type WHERE typname = 'super' AND typnamespace = 'pg_catalog'::regnamespace);
UPDATE pg_type SET oid = 4000 WHERE typname = 'super' AND typnamespace = 'pg_catalog'::regnamespace;

CREATE FUNCTION pg_catalog.super_in(cstring) RETURNS super LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'json_in';
CREATE FUNCTION pg_catalog.super_out(super) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'json_out';
CREATE FUNCTION pg_catalog.super_recv(internal) RETURNS super LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'json_recv';
CREATE FUNCTION pg_catalog.super_send(super) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'json_send';
CREATE TYPE pg_catalog.super (
    INPUT = super_in, OUTPUT = super_out, RECEIVE = super_recv, SEND = super_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended, CATEGORY = 'U'
);
CREATE CAST (super AS json) WITHOUT FUNCTION;
CREATE CAST (json AS super) WITHOUT FUNCTION;

CREATE DOMAIN pg_catalog.varbyte AS bytea;
CREATE DOMAIN pg_catalog.hllsketch AS json;

-- The text itself if it can be read as the type, else NULL. Not immutable: the planner would fold the cast of a constant
-- around it before it asks. The type is joined with nothing: PostgreSQL looks a mere parameter up only once.
CREATE FUNCTION pg_catalog.dw_valid(text, text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS
    $$BEGIN RETURN CASE WHEN pg_input_is_valid($1, $2 || '') THEN $1 END; END$$;

-- --- scalars to SUPER -------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_super(bigint) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST(CAST($1 AS text) AS json) AS super);
CREATE FUNCTION pg_catalog.dw_super(numeric) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST(CAST($1 AS text) AS json) AS super);
-- "IS_FLOAT function": a floating point number shows its exponent (2.22e+0), which tells it from a decimal.
CREATE FUNCTION pg_catalog.dw_scientific(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    parts CONSTANT text[] := regexp_match($1, '^(-?)([0-9]+)[.]?([0-9]*)(?:e([-+]?[0-9]+))?$');
    digits text := parts[2] || parts[3];
    power integer := length(parts[2]) - 1 + coalesce(CAST(parts[4] AS integer), 0);
BEGIN
    power := power - (length(digits) - length(ltrim(digits, '0')));
    digits := rtrim(ltrim(digits, '0'), '0');
    IF digits = '' THEN RETURN parts[1] || '0e+0'; END IF;
    RETURN parts[1] || left(digits, 1) || CASE WHEN length(digits) > 1 THEN '.' || substr(digits, 2) ELSE '' END
           || 'e' || CASE WHEN power < 0 THEN '-' ELSE '+' END || abs(power);
END$$;
CREATE FUNCTION pg_catalog.dw_super(double precision) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST(dw_scientific(CAST($1 AS text)) AS json) AS super);
CREATE FUNCTION pg_catalog.dw_super(boolean) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST(CAST($1 AS text) AS json) AS super);
CREATE FUNCTION pg_catalog.dw_super(text) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(to_json($1) AS super);
CREATE FUNCTION pg_catalog.dw_super(integer) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST(CAST($1 AS text) AS json) AS super);
CREATE FUNCTION pg_catalog.dw_super(smallint) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST(CAST($1 AS text) AS json) AS super);
CREATE FUNCTION pg_catalog.dw_super(real) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST(dw_scientific(CAST($1 AS text)) AS json) AS super);
CREATE FUNCTION pg_catalog.dw_super(super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $1;
CREATE FUNCTION pg_catalog.dw_no_super(text) RETURNS super LANGUAGE plpgsql IMMUTABLE AS
    $$BEGIN RAISE EXCEPTION 'cannot cast type % to super', $1 USING ERRCODE = '42846'; END$$;
CREATE FUNCTION pg_catalog.dw_super(date) RETURNS super LANGUAGE sql IMMUTABLE RETURN dw_no_super('date');
CREATE FUNCTION pg_catalog.dw_super(timestamp) RETURNS super LANGUAGE sql IMMUTABLE
    RETURN dw_no_super('timestamp without time zone');
CREATE FUNCTION pg_catalog.dw_super(timestamptz) RETURNS super LANGUAGE sql IMMUTABLE
    RETURN dw_no_super('timestamp with time zone');
CREATE FUNCTION pg_catalog.dw_super(time) RETURNS super LANGUAGE sql IMMUTABLE RETURN dw_no_super('time without time zone');

CREATE CAST (smallint AS super) WITH FUNCTION pg_catalog.dw_super(smallint) AS ASSIGNMENT;
CREATE CAST (integer AS super) WITH FUNCTION pg_catalog.dw_super(integer) AS IMPLICIT;
CREATE CAST (bigint AS super) WITH FUNCTION pg_catalog.dw_super(bigint) AS IMPLICIT;
CREATE CAST (numeric AS super) WITH FUNCTION pg_catalog.dw_super(numeric) AS IMPLICIT;
CREATE CAST (real AS super) WITH FUNCTION pg_catalog.dw_super(real) AS ASSIGNMENT;
CREATE CAST (double precision AS super) WITH FUNCTION pg_catalog.dw_super(double precision) AS IMPLICIT;
CREATE CAST (boolean AS super) WITH FUNCTION pg_catalog.dw_super(boolean) AS IMPLICIT;
CREATE CAST (text AS super) WITH FUNCTION pg_catalog.dw_super(text) AS ASSIGNMENT;
CREATE CAST (varchar AS super) WITH FUNCTION pg_catalog.dw_super(text) AS ASSIGNMENT;

-- --- SUPER to scalars: what does not fit is NULL ("Lax semantics") -----------------------------------------------------
CREATE FUNCTION pg_catalog.dw_kind(super) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN json_typeof(CAST($1 AS json));
CREATE FUNCTION pg_catalog.dw_scalar(super) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN json_typeof(CAST($1 AS json)) IN ('object', 'array', 'null') THEN NULL
                ELSE CAST($1 AS json) #>> '{}' END;
CREATE FUNCTION pg_catalog.dw_super_text(super) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN dw_kind($1) = 'number' AND dw_scalar($1) ~ 'e' THEN CAST(CAST(dw_scalar($1) AS double precision) AS text) ELSE dw_scalar($1) END;
CREATE FUNCTION pg_catalog.dw_super_varchar(super) RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(dw_super_text($1) AS varchar);
CREATE FUNCTION pg_catalog.dw_super_numeric(super) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE dw_kind($1) WHEN 'number' THEN CAST(dw_scalar($1) AS numeric)
           WHEN 'boolean' THEN CASE dw_scalar($1) WHEN 'true' THEN 1 ELSE 0 END
           WHEN 'string' THEN CAST(dw_valid(dw_scalar($1), 'numeric') AS numeric) END;
CREATE FUNCTION pg_catalog.dw_super_int8(super) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(dw_super_numeric($1) AS bigint);
CREATE FUNCTION pg_catalog.dw_super_int4(super) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(dw_super_numeric($1) AS integer);
CREATE FUNCTION pg_catalog.dw_super_int2(super) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(dw_super_numeric($1) AS smallint);
CREATE FUNCTION pg_catalog.dw_super_float8(super) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(dw_super_numeric($1) AS double precision);
CREATE FUNCTION pg_catalog.dw_super_float4(super) RETURNS real LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(dw_super_numeric($1) AS real);
CREATE FUNCTION pg_catalog.dw_super_bool(super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE dw_kind($1) WHEN 'boolean' THEN CAST(dw_scalar($1) AS boolean)
           WHEN 'number' THEN CASE WHEN dw_scalar($1) ~ '^-?[0-9]+$' THEN CAST(dw_scalar($1) AS numeric) <> 0 END
           WHEN 'string' THEN CAST(dw_valid(dw_scalar($1), 'boolean') AS boolean) END;
CREATE FUNCTION pg_catalog.dw_super_date(super) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CAST(dw_valid(dw_scalar($1), 'date') AS date);
CREATE FUNCTION pg_catalog.dw_super_timestamp(super) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CAST(dw_valid(dw_scalar($1), 'timestamp') AS timestamp);
CREATE FUNCTION pg_catalog.dw_super_timestamptz(super) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CAST(dw_valid(dw_scalar($1), 'timestamptz') AS timestamptz);

CREATE CAST (super AS text) WITH FUNCTION pg_catalog.dw_super_text(super) AS ASSIGNMENT;
CREATE CAST (super AS varchar) WITH FUNCTION pg_catalog.dw_super_varchar(super) AS ASSIGNMENT;
CREATE CAST (super AS numeric) WITH FUNCTION pg_catalog.dw_super_numeric(super) AS ASSIGNMENT;
CREATE CAST (super AS bigint) WITH FUNCTION pg_catalog.dw_super_int8(super) AS ASSIGNMENT;
CREATE CAST (super AS integer) WITH FUNCTION pg_catalog.dw_super_int4(super) AS ASSIGNMENT;
CREATE CAST (super AS smallint) WITH FUNCTION pg_catalog.dw_super_int2(super) AS ASSIGNMENT;
CREATE CAST (super AS double precision) WITH FUNCTION pg_catalog.dw_super_float8(super) AS ASSIGNMENT;
CREATE CAST (super AS real) WITH FUNCTION pg_catalog.dw_super_float4(super) AS ASSIGNMENT;
CREATE CAST (super AS boolean) WITH FUNCTION pg_catalog.dw_super_bool(super) AS ASSIGNMENT;
CREATE CAST (super AS date) WITH FUNCTION pg_catalog.dw_super_date(super) AS ASSIGNMENT;
CREATE CAST (super AS timestamp) WITH FUNCTION pg_catalog.dw_super_timestamp(super) AS ASSIGNMENT;
CREATE CAST (super AS timestamptz) WITH FUNCTION pg_catalog.dw_super_timestamptz(super) AS ASSIGNMENT;

-- --- comparison: booleans, numbers, strings, arrays, objects ("Order by"); strings without regard to case first ---------------------
CREATE FUNCTION pg_catalog.dw_super_rank(super) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE dw_kind($1) WHEN 'boolean' THEN 1 WHEN 'number' THEN 2 WHEN 'string' THEN 3 WHEN 'array' THEN 4
           WHEN 'object' THEN 5 ELSE 6 END;
CREATE FUNCTION pg_catalog.super_cmp(a super, b super) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    ranks CONSTANT integer := sign(dw_super_rank(a) - dw_super_rank(b));
    x text; y text;
BEGIN
    IF ranks <> 0 THEN RETURN ranks; END IF;
    CASE dw_kind(a)
        WHEN 'number' THEN RETURN sign(dw_super_numeric(a) - dw_super_numeric(b));
        WHEN 'string' THEN
            x := dw_scalar(a); y := dw_scalar(b);
            RETURN CASE WHEN lower(x) < lower(y) THEN -1 WHEN lower(x) > lower(y) THEN 1
                        WHEN x < y THEN -1 WHEN x > y THEN 1 ELSE 0 END;
        ELSE RETURN jsonb_cmp(CAST(CAST(a AS json) AS jsonb), CAST(CAST(b AS json) AS jsonb));
    END CASE;
END$$;
CREATE FUNCTION pg_catalog.super_eq(super, super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST($1 AS json) AS jsonb) = CAST(CAST($2 AS json) AS jsonb);
CREATE FUNCTION pg_catalog.super_ne(super, super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST($1 AS json) AS jsonb) <> CAST(CAST($2 AS json) AS jsonb);
-- An order comparison of different kinds is NULL.
CREATE FUNCTION pg_catalog.dw_comparable(super, super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dw_kind($1) = dw_kind($2);
CREATE FUNCTION pg_catalog.super_lt(super, super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE WHEN dw_comparable($1, $2) THEN super_cmp($1, $2) < 0 END;
CREATE FUNCTION pg_catalog.super_le(super, super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE WHEN dw_comparable($1, $2) THEN super_cmp($1, $2) <= 0 END;
CREATE FUNCTION pg_catalog.super_gt(super, super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE WHEN dw_comparable($1, $2) THEN super_cmp($1, $2) > 0 END;
CREATE FUNCTION pg_catalog.super_ge(super, super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE WHEN dw_comparable($1, $2) THEN super_cmp($1, $2) >= 0 END;
CREATE OPERATOR pg_catalog.= (LEFTARG = super, RIGHTARG = super, FUNCTION = super_eq, COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>), HASHES, MERGES);
CREATE OPERATOR pg_catalog.<> (LEFTARG = super, RIGHTARG = super, FUNCTION = super_ne, COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=));
CREATE OPERATOR pg_catalog.< (LEFTARG = super, RIGHTARG = super, FUNCTION = super_lt, COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=));
CREATE OPERATOR pg_catalog.<= (LEFTARG = super, RIGHTARG = super, FUNCTION = super_le, COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>));
CREATE OPERATOR pg_catalog.> (LEFTARG = super, RIGHTARG = super, FUNCTION = super_gt, COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=));
CREATE OPERATOR pg_catalog.>= (LEFTARG = super, RIGHTARG = super, FUNCTION = super_ge, COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<));
CREATE FUNCTION pg_catalog.super_hash(super) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN jsonb_hash(CAST(CAST($1 AS json) AS jsonb));
CREATE OPERATOR CLASS pg_catalog.super_ops DEFAULT FOR TYPE super USING btree AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 super_cmp(super, super);
CREATE OPERATOR CLASS pg_catalog.super_hash_ops DEFAULT FOR TYPE super USING hash AS
    OPERATOR 1 =, FUNCTION 1 super_hash(super);

-- --- comparison of SUPER with strings: as strings -----------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_super_eq_text(super, text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN super_eq($1, dw_super($2));
CREATE FUNCTION pg_catalog.dw_text_eq_super(text, super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN super_eq(dw_super($1), $2);
CREATE OPERATOR pg_catalog.= (LEFTARG = super, RIGHTARG = text, FUNCTION = dw_super_eq_text);
CREATE OPERATOR pg_catalog.= (LEFTARG = text, RIGHTARG = super, FUNCTION = dw_text_eq_super);
CREATE FUNCTION pg_catalog.dw_like(super, text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_scalar($1) LIKE $2;
CREATE OPERATOR pg_catalog.~~ (LEFTARG = super, RIGHTARG = text, FUNCTION = dw_like);

-- --- arithmetic on SUPER ("Operators and functions"): of numbers, and + of strings; everything else is NULL ---------------
CREATE FUNCTION pg_catalog.dw_numbers(super, super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_kind($1) = 'number' AND dw_kind($2) = 'number';
CREATE FUNCTION pg_catalog.dw_floating(super) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_kind($1) = 'number' AND dw_scalar($1) ~ '[eE]';
CREATE FUNCTION pg_catalog.super_add(super, super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN dw_kind($1) = 'string' AND dw_kind($2) = 'string' THEN dw_super(dw_scalar($1) || dw_scalar($2))
                WHEN dw_numbers($1, $2) AND (dw_floating($1) OR dw_floating($2)) THEN dw_super(dw_super_float8($1) + dw_super_float8($2))
                WHEN dw_numbers($1, $2) THEN dw_super(dw_super_numeric($1) + dw_super_numeric($2)) END;
CREATE FUNCTION pg_catalog.super_sub(super, super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN dw_numbers($1, $2) AND (dw_floating($1) OR dw_floating($2)) THEN dw_super(dw_super_float8($1) - dw_super_float8($2))
                WHEN dw_numbers($1, $2) THEN dw_super(dw_super_numeric($1) - dw_super_numeric($2)) END;
CREATE FUNCTION pg_catalog.super_mul(super, super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN dw_numbers($1, $2) AND (dw_floating($1) OR dw_floating($2)) THEN dw_super(dw_super_float8($1) * dw_super_float8($2))
                WHEN dw_numbers($1, $2) THEN dw_super(dw_super_numeric($1) * dw_super_numeric($2)) END;
-- A quotient has the scale of decimals that are as long as these values ("Computations with numeric values").
CREATE FUNCTION pg_catalog.dw_quotient_scale(numeric, numeric) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN greatest(4, scale($1) + length(ltrim(translate(CAST(abs($2) AS text), '.', ''), '0')) - scale($2) + 1);
CREATE FUNCTION pg_catalog.dw_quotient(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN trunc(round($1, dw_quotient_scale($1, $2) + 1) / $2, dw_quotient_scale($1, $2));
CREATE FUNCTION pg_catalog.super_div(super, super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN dw_numbers($1, $2) AND (dw_floating($1) OR dw_floating($2)) THEN dw_super(dw_super_float8($1) / dw_super_float8($2))
                WHEN dw_numbers($1, $2) THEN dw_super(dw_quotient(dw_super_numeric($1), dw_super_numeric($2))) END;
CREATE FUNCTION pg_catalog.super_mod(super, super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN dw_numbers($1, $2) THEN dw_super(dw_super_numeric($1) % dw_super_numeric($2)) END;
CREATE FUNCTION pg_catalog.super_neg(super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN dw_floating($1) THEN dw_super(-dw_super_float8($1)) WHEN dw_kind($1) = 'number' THEN dw_super(-dw_super_numeric($1)) END;
CREATE FUNCTION pg_catalog.super_pos(super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE WHEN dw_kind($1) = 'number' THEN $1 END;
CREATE OPERATOR pg_catalog.% (LEFTARG = super, RIGHTARG = super, FUNCTION = super_mod);
CREATE OPERATOR pg_catalog.- (RIGHTARG = super, FUNCTION = super_neg);
CREATE OPERATOR pg_catalog.+ (RIGHTARG = super, FUNCTION = super_pos);
CREATE OPERATOR pg_catalog.+ (LEFTARG = super, RIGHTARG = super, FUNCTION = super_add);
CREATE OPERATOR pg_catalog.- (LEFTARG = super, RIGHTARG = super, FUNCTION = super_sub);
CREATE OPERATOR pg_catalog.* (LEFTARG = super, RIGHTARG = super, FUNCTION = super_mul);
CREATE OPERATOR pg_catalog./ (LEFTARG = super, RIGHTARG = super, FUNCTION = super_div);

-- Aggregates over SUPER numbers.
CREATE FUNCTION pg_catalog.dw_sum_super(numeric, super) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce($1 + dw_super_numeric($2), $1, dw_super_numeric($2));
CREATE AGGREGATE pg_catalog.sum(super) (SFUNC = dw_sum_super, STYPE = numeric);
CREATE FUNCTION pg_catalog.dw_super_smaller(super, super) RETURNS super LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN super_cmp($1, $2) <= 0 THEN $1 ELSE $2 END;
CREATE FUNCTION pg_catalog.dw_super_larger(super, super) RETURNS super LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN super_cmp($1, $2) >= 0 THEN $1 ELSE $2 END;
CREATE AGGREGATE pg_catalog.min(super) (SFUNC = dw_super_smaller, STYPE = super);
CREATE AGGREGATE pg_catalog.max(super) (SFUNC = dw_super_larger, STYPE = super);
