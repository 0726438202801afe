-- "String functions" and operators on strings.

CREATE FUNCTION pg_catalog.dw_concat(text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1 || $2;
CREATE OPERATOR pg_catalog.+ (LEFTARG = text, RIGHTARG = text, FUNCTION = dw_concat);
-- CONCAT of a NULL is NULL.
CREATE FUNCTION pg_catalog.concat(text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1 || $2;
CREATE FUNCTION pg_catalog.concat(bytea, bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1 || $2;

CREATE FUNCTION pg_catalog.len(text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN char_length($1);
CREATE FUNCTION pg_catalog.len(character) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN char_length($1);
CREATE FUNCTION pg_catalog.len(bytea) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN octet_length($1);
CREATE FUNCTION pg_catalog.charindex(text, text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN strpos($2, $1);
CREATE FUNCTION pg_catalog.octetindex(text, text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN position(convert_to($1, 'UTF8') IN convert_to($2, 'UTF8'));
CREATE FUNCTION pg_catalog.replicate(text, integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN repeat($1, $2);
CREATE FUNCTION pg_catalog.bpcharcmp(text, text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN rtrim($1) < rtrim($2) THEN -1 WHEN rtrim($1) > rtrim($2) THEN 1 WHEN rtrim($1) = rtrim($2) THEN 0 END;
CREATE FUNCTION pg_catalog.bttext_pattern_cmp(character, character) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN bttext_pattern_cmp(CAST($1 AS text), CAST($2 AS text));
-- A start before the first character counts; numbers and dates are taken as text.
CREATE FUNCTION pg_catalog.dw_substring(text, bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN substring($1, CAST($2 AS integer));
CREATE FUNCTION pg_catalog.dw_substring(text, bigint, bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 + $3 <= 1 AND $3 >= 0 THEN '' ELSE substring($1, CAST($2 AS integer), CAST($3 AS integer)) END;
CREATE FUNCTION pg_catalog.dw_substring(timestamp, bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN substring(to_char($1, 'YYYY-MM-DD HH24:MI:SS'), CAST($2 AS integer));
CREATE FUNCTION pg_catalog.dw_substring(timestamp, bigint, bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 + $3 <= 1 AND $3 >= 0 THEN '' ELSE substring(to_char($1, 'YYYY-MM-DD HH24:MI:SS'), CAST($2 AS integer), CAST($3 AS integer)) END;
CREATE FUNCTION pg_catalog.dw_substring(timestamptz, bigint) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN substring(CAST($1 AS text), CAST($2 AS integer));
CREATE FUNCTION pg_catalog.dw_substring(timestamptz, bigint, bigint) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN $2 + $3 <= 1 AND $3 >= 0 THEN '' ELSE substring(CAST($1 AS text), CAST($2 AS integer), CAST($3 AS integer)) END;
CREATE FUNCTION pg_catalog.dw_substring(date, bigint) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN substring(CAST($1 AS text), CAST($2 AS integer));
CREATE FUNCTION pg_catalog.dw_substring(date, bigint, bigint) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN $2 + $3 <= 1 AND $3 >= 0 THEN '' ELSE substring(CAST($1 AS text), CAST($2 AS integer), CAST($3 AS integer)) END;
CREATE FUNCTION pg_catalog.dw_substring(numeric, bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN substring(CAST($1 AS text), CAST($2 AS integer));
CREATE FUNCTION pg_catalog.dw_substring(numeric, bigint, bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 + $3 <= 1 AND $3 >= 0 THEN '' ELSE substring(CAST($1 AS text), CAST($2 AS integer), CAST($3 AS integer)) END;
CREATE FUNCTION pg_catalog.dw_substring(bytea, bigint) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN substring($1, greatest(CAST($2 AS integer), 1));
CREATE FUNCTION pg_catalog.dw_substring(bytea, bigint, bigint) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 + $3 <= 1 AND $3 >= 0 THEN CAST('' AS bytea) ELSE substring($1, CAST($2 AS integer), CAST($3 AS integer)) END;
CREATE FUNCTION pg_catalog.left(bytea, integer) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN substring($1, 1, $2);
CREATE FUNCTION pg_catalog.right(bytea, integer) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN substring($1, greatest(octet_length($1) - $2 + 1, 1));
CREATE FUNCTION pg_catalog.octet_length(varchar) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN octet_length(CAST($1 AS text));

-- --- regular expressions: Redshift replaces all matches; the parameter p (PCRE) is PostgreSQL's own flavour -------------
CREATE FUNCTION pg_catalog.dw_flags(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN translate($1, 'pe', '');
-- A start before the first character is the first one. An occurrence that is no count of characters finds nothing.
CREATE FUNCTION pg_catalog.dw_occurs(text, integer) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $2 BETWEEN 1 AND char_length($1);
CREATE FUNCTION pg_catalog.dw_regexp_replace(text, text, text DEFAULT '', integer DEFAULT 1, text DEFAULT 'c') RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN regexp_replace($1, $2, regexp_replace($3, '[$]([0-9])', chr(92) || chr(92) || chr(92) || '1', 'g'), greatest($4, 1), 0, dw_flags($5));
CREATE FUNCTION pg_catalog.dw_regexp_substr(text, text, integer DEFAULT 1, integer DEFAULT 1, text DEFAULT 'c') RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL
                WHEN $3 > char_length($1) THEN ''
                WHEN dw_occurs($1, $4)
                THEN coalesce(regexp_substr($1, $2, greatest($3, 1), $4, dw_flags($5), CASE WHEN $5 LIKE '%e%' THEN 1 ELSE 0 END), '') END;
CREATE FUNCTION pg_catalog.dw_regexp_instr(text, text, integer DEFAULT 1, integer DEFAULT 1, integer DEFAULT 0, text DEFAULT 'c') RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN NOT dw_occurs($1, $4) THEN 0
                ELSE regexp_instr($1, $2, greatest($3, 1), $4, $5, dw_flags($6), CASE WHEN $6 LIKE '%e%' THEN 1 ELSE 0 END) END;
CREATE FUNCTION pg_catalog.dw_regexp_count(text, text, integer DEFAULT 1, text DEFAULT 'c') RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN regexp_count($1, $2, greatest($3, 1), dw_flags($4));

-- --- sounds, URLs, numbers in other bases ----------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.soundex(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    letters CONSTANT text := regexp_replace(translate($1, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), '[^ABCDEFGHIJKLMNOPQRSTUVWXYZ]', '', 'g');
    codes CONSTANT text := translate(letters, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '01230120022455012623010202');
    result text := substr(letters, 1, 1);
    last text := substr(codes, 1, 1);
    code text;
BEGIN
    IF letters = '' THEN RETURN ''; END IF; -- "SOUNDEX function": only English letters count
    FOR i IN 2..length(letters) LOOP
        code := substr(codes, i, 1);
        IF code BETWEEN '1' AND '6' AND code <> last THEN result := result || code; END IF;
        IF substr(letters, i, 1) NOT IN ('H', 'W') THEN last := code; END IF;
        EXIT WHEN length(result) = 4;
    END LOOP;
    RETURN rpad(result, 4, '0');
END$$;
CREATE FUNCTION pg_catalog.difference(text, text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL
                WHEN $1 = '' OR $2 = '' THEN 0
                WHEN soundex($1) = '' AND soundex($2) = '' THEN 1 -- "DIFFERENCE function": neither string has a valid character
                WHEN soundex($1) = '' OR soundex($2) = '' THEN 0
                ELSE (SELECT CAST(count(*) AS integer) FROM generate_series(1, 4) i
                      WHERE substr(soundex($1), i, 1) = substr(soundex($2), i, 1)) END;
CREATE FUNCTION pg_catalog.strtol(text, integer) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    digits text := lower(btrim($1));
    negative boolean := false;
    result numeric := 0;
    base integer := $2;
    digit integer;
BEGIN
    IF digits = '' THEN RETURN 0; END IF; -- "STRTOL function"
    IF left(digits, 1) IN ('-', '+') THEN negative := left(digits, 1) = '-'; digits := substr(digits, 2); END IF;
    IF base IN (16, 0) AND left(digits, 2) = '0x' THEN digits := substr(digits, 3); base := 16; END IF;
    IF base = 0 THEN base := CASE WHEN left(digits, 1) = '0' THEN 8 ELSE 10 END; END IF;
    IF digits = '' OR base NOT BETWEEN 2 AND 36 THEN
        RAISE EXCEPTION 'The input % is not valid to be converted to base %', $1, $2 USING ERRCODE = '22023';
    END IF;
    FOR i IN 1..length(digits) LOOP
        digit := strpos('0123456789abcdefghijklmnopqrstuvwxyz', substr(digits, i, 1)) - 1;
        IF digit < 0 OR digit >= base THEN
            RAISE EXCEPTION 'The input % is not valid to be converted to base %', $1, $2 USING ERRCODE = '22023';
        END IF;
        result := result * base + digit;
    END LOOP;
    IF base = 16 AND NOT negative AND result >= 9223372036854775808 THEN result := result - 18446744073709551616; END IF;
    RETURN CASE WHEN negative THEN -result ELSE result END;
END$$;
CREATE FUNCTION pg_catalog.url_encode(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT string_agg(CASE WHEN c ~ '[A-Za-z0-9_.~-]' THEN c
                                   ELSE regexp_replace(upper(encode(convert_to(c, 'UTF8'), 'hex')), '(..)', '%' || chr(92) || '1', 'g') END, '')
            FROM regexp_split_to_table($1, '') c);
CREATE FUNCTION pg_catalog.url_decode(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    result bytea := '';
    part text;
BEGIN
    FOR part IN SELECT m[1] FROM regexp_matches($1, '(%[0-9A-Fa-f]{2}|.)', 'gs') m LOOP
        result := result || CASE WHEN length(part) = 3 THEN decode(substr(part, 2), 'hex') ELSE convert_to(part, 'UTF8') END;
    END LOOP;
    RETURN convert_from(result, 'UTF8');
END$$;
CREATE FUNCTION pg_catalog.translate(character, text, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN translate(CAST($1 AS text), $2, $3);


-- LIKE takes the text of dates and numbers too.
CREATE FUNCTION pg_catalog.dw_like(timestamp, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN CAST($1 AS text) LIKE $2;
CREATE FUNCTION pg_catalog.dw_like(date, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN CAST($1 AS text) LIKE $2;
CREATE FUNCTION pg_catalog.dw_like(numeric, text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST($1 AS text) LIKE $2;
CREATE OPERATOR pg_catalog.~~ (LEFTARG = timestamp, RIGHTARG = text, FUNCTION = dw_like);
CREATE OPERATOR pg_catalog.~~ (LEFTARG = date, RIGHTARG = text, FUNCTION = dw_like);
CREATE OPERATOR pg_catalog.~~ (LEFTARG = numeric, RIGHTARG = text, FUNCTION = dw_like);

-- Parts are counted from 1 only ("SPLIT_PART function"), where PostgreSQL counts negative ones from the end.
CREATE FUNCTION pg_catalog.dw_split_part(text, text, integer) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF $3 <= 0 THEN RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'field position must be greater than zero'; END IF;
    RETURN split_part($1, $2, $3);
END$$;

-- --- VARCHAR(n) counts bytes ("Character types"): a cast cuts after the last whole character that fits --------------------
CREATE FUNCTION pg_catalog.dw_cut_bytes(text, integer) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    bytes bytea := convert_to($1, 'UTF8');
    size integer := $2;
BEGIN
    WHILE (get_byte(bytes, size) & 192) = 128 LOOP
        size := size - 1;
    END LOOP;
    RETURN convert_from(substring(bytes FROM 1 FOR size), 'UTF8');
END$$;
CREATE FUNCTION pg_catalog.dw_cut(text, integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN octet_length($1) <= $2 THEN $1 ELSE dw_cut_bytes($1, $2) END;
