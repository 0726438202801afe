-- "Hash functions" with their documented values, and "VARBYTE functions".

-- SHA-1 (FIPS 180-4): PostgreSQL has SHA-2 only.
CREATE FUNCTION pg_catalog.dw_sha1(bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    mask CONSTANT bigint := 4294967295;
    message bytea := $1 || decode('80', 'hex');
    h0 bigint := 1732584193; h1 bigint := 4023233417; h2 bigint := 2562383102; h3 bigint := 271733878; h4 bigint := 3285377520;
    a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; t bigint;
    w bigint[];
    block integer := 0;
BEGIN
    WHILE octet_length(message) % 64 <> 56 LOOP message := message || decode('00', 'hex'); END LOOP;
    message := message || int8send(CAST(octet_length($1) AS bigint) * 8);
    WHILE block < octet_length(message) LOOP
        FOR i IN 0..15 LOOP
            w[i] := (CAST(get_byte(message, block + i * 4) AS bigint) << 24) | (get_byte(message, block + i * 4 + 1) << 16)
                  | (get_byte(message, block + i * 4 + 2) << 8) | get_byte(message, block + i * 4 + 3);
        END LOOP;
        FOR i IN 16..79 LOOP
            t := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
            w[i] := ((t << 1) | (t >> 31)) & mask;
        END LOOP;
        a := h0; b := h1; c := h2; d := h3; e := h4;
        FOR i IN 0..79 LOOP
            IF i < 20 THEN f := (b & c) | ((~b & mask) & d); k := 1518500249;
            ELSIF i < 40 THEN f := b # c # d; k := 1859775393;
            ELSIF i < 60 THEN f := (b & c) | (b & d) | (c & d); k := 2400959708;
            ELSE f := b # c # d; k := 3395469782; END IF;
            t := ((((a << 5) | (a >> 27)) & mask) + f + e + k + w[i]) & mask;
            e := d; d := c; c := ((b << 30) | (b >> 2)) & mask; b := a; a := t;
        END LOOP;
        h0 := (h0 + a) & mask; h1 := (h1 + b) & mask; h2 := (h2 + c) & mask; h3 := (h3 + d) & mask; h4 := (h4 + e) & mask;
        block := block + 64;
    END LOOP;
    RETURN lpad(to_hex(h0), 8, '0') || lpad(to_hex(h1), 8, '0') || lpad(to_hex(h2), 8, '0') || lpad(to_hex(h3), 8, '0') || lpad(to_hex(h4), 8, '0');
END$$;
CREATE FUNCTION pg_catalog.sha1(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_sha1(convert_to($1, 'UTF8'));
CREATE FUNCTION pg_catalog.sha(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_sha1(convert_to($1, 'UTF8'));
CREATE FUNCTION pg_catalog.func_sha1(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_sha1(convert_to($1, 'UTF8'));
CREATE FUNCTION pg_catalog.sha2(bytea, integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE $2 WHEN 224 THEN encode(sha224($1), 'hex') WHEN 256 THEN encode(sha256($1), 'hex') WHEN 0 THEN encode(sha256($1), 'hex')
                   WHEN 384 THEN encode(sha384($1), 'hex') WHEN 512 THEN encode(sha512($1), 'hex') END;
CREATE FUNCTION pg_catalog.sha2(text, integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN sha2(convert_to($1, 'UTF8'), $2);
CREATE FUNCTION pg_catalog.md5_digest(text) RETURNS varbyte LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN decode(md5($1), 'hex');
-- The polynomial of CRC-32C gives the documented value.
CREATE FUNCTION pg_catalog.crc32(text) RETURNS varchar LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    crc bigint := 4294967295;
    bytes CONSTANT bytea := convert_to($1, 'UTF8');
BEGIN
    FOR i IN 0..octet_length(bytes) - 1 LOOP
        crc := crc # get_byte(bytes, i);
        FOR bit IN 1..8 LOOP crc := CASE WHEN crc & 1 = 1 THEN (crc >> 1) # 2197175160 ELSE crc >> 1 END; END LOOP;
    END LOOP;
    RETURN lpad(to_hex(crc # 4294967295), 8, '0');
END$$;
CREATE FUNCTION pg_catalog.dw_signed(numeric) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CASE WHEN $1 >= 9223372036854775808 THEN $1 - 18446744073709551616 ELSE $1 END AS bigint);
-- FNV-1a, 64 bits, over the bytes of the value.
CREATE FUNCTION pg_catalog.dw_fnv(bytea, bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    modulus CONSTANT numeric := 18446744073709551616;
    hash numeric := CASE WHEN $2 < 0 THEN $2 + modulus ELSE $2 END;
    low bigint;
BEGIN
    FOR i IN 0..octet_length($1) - 1 LOOP
        low := CAST(hash % 256 AS bigint);
        hash := hash - low + (low # get_byte($1, i));
        hash := (hash * 1099511628211) % modulus;
    END LOOP;
    RETURN dw_signed(hash);
END$$;
CREATE FUNCTION pg_catalog.fnv_hash(text, bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dw_fnv(convert_to($1, 'UTF8'), $2);
CREATE FUNCTION pg_catalog.dw_reversed(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT string_agg(substring($1, i, 1), CAST('' AS bytea) ORDER BY i DESC) FROM generate_series(1, octet_length($1)) i);
CREATE FUNCTION pg_catalog.fnv_hash(smallint, bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_fnv(dw_reversed(int2send($1)), $2);
CREATE FUNCTION pg_catalog.fnv_hash(integer, bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_fnv(dw_reversed(int4send($1)), $2);
CREATE FUNCTION pg_catalog.fnv_hash(bigint, bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_fnv(dw_reversed(int8send($1)), $2);
CREATE FUNCTION pg_catalog.fnv_hash(boolean, bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_fnv(boolsend($1), $2);
CREATE FUNCTION pg_catalog.checksum(text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST((dw_fnv(convert_to($1, 'UTF8'), -3750763034362895579) & 2147483647) AS integer);
CREATE FUNCTION pg_catalog.checksum(numeric) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(trunc($1 * 100) % 2147483647 AS integer);

-- MurmurHash3, 32 bits, x86 variant.
CREATE FUNCTION pg_catalog.dw_murmur3(bytea, bigint) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    mask CONSTANT bigint := 4294967295;
    size CONSTANT integer := octet_length($1);
    h bigint := $2 & mask;
    k bigint;
BEGIN
    FOR i IN 0..size / 4 - 1 LOOP
        k := get_byte($1, i * 4) | (get_byte($1, i * 4 + 1) << 8) | (get_byte($1, i * 4 + 2) << 16) | (CAST(get_byte($1, i * 4 + 3) AS bigint) << 24);
        k := CAST(CAST(k AS numeric) * 3432918353 % 4294967296 AS bigint);
        k := ((k << 15) | (k >> 17)) & mask;
        k := CAST(CAST(k AS numeric) * 461845907 % 4294967296 AS bigint);
        h := h # k;
        h := ((h << 13) | (h >> 19)) & mask;
        h := (h * 5 + 3864292196) & mask;
    END LOOP;
    IF size % 4 > 0 THEN
        k := 0;
        FOR i IN REVERSE size % 4 - 1..0 LOOP k := (k << 8) | get_byte($1, size / 4 * 4 + i); END LOOP;
        k := CAST(CAST(k AS numeric) * 3432918353 % 4294967296 AS bigint);
        k := ((k << 15) | (k >> 17)) & mask;
        h := h # CAST(CAST(k AS numeric) * 461845907 % 4294967296 AS bigint);
    END IF;
    h := h # size;
    h := CAST(CAST(h # (h >> 16) AS numeric) * 2246822507 % 4294967296 AS bigint);
    h := CAST(CAST(h # (h >> 13) AS numeric) * 3266489909 % 4294967296 AS bigint);
    h := h # (h >> 16);
    RETURN CAST(CASE WHEN h > 2147483647 THEN h - 4294967296 ELSE h END AS integer);
END$$;
CREATE FUNCTION pg_catalog.murmur3_32_hash(text, integer DEFAULT 0) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_murmur3(convert_to($1, 'UTF8'), $2);
CREATE FUNCTION pg_catalog.murmur3_32_hash(bytea, integer DEFAULT 0) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_murmur3($1, $2);
CREATE FUNCTION pg_catalog.murmur3_32_hash(smallint, integer DEFAULT 0) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_murmur3(dw_reversed(int8send($1)), $2);
CREATE FUNCTION pg_catalog.murmur3_32_hash(integer, integer DEFAULT 0) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_murmur3(dw_reversed(int8send($1)), $2);
CREATE FUNCTION pg_catalog.murmur3_32_hash(bigint, integer DEFAULT 0) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_murmur3(dw_reversed(int8send($1)), $2);

-- --- VARBYTE -----------------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_to_varbyte(text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN convert_to($1, 'UTF8');
CREATE FUNCTION pg_catalog.dw_from_varbyte(bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN convert_from($1, 'UTF8');
CREATE CAST (text AS bytea) WITH FUNCTION pg_catalog.dw_to_varbyte(text) AS ASSIGNMENT;
CREATE CAST (bytea AS text) WITH FUNCTION pg_catalog.dw_from_varbyte(bytea) AS ASSIGNMENT;
CREATE CAST (varchar AS bytea) WITH FUNCTION pg_catalog.dw_to_varbyte(text) AS ASSIGNMENT;
CREATE CAST (bytea AS varchar) WITH FUNCTION pg_catalog.dw_from_varbyte(bytea) AS ASSIGNMENT;
CREATE FUNCTION pg_catalog.dw_bytes(bytea, bytea, text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT string_agg(set_byte(CAST(decode('00', 'hex') AS bytea), 0, CASE $3 WHEN '&' THEN get_byte($1, i) & get_byte($2, i)
                WHEN '|' THEN get_byte($1, i) | get_byte($2, i) ELSE get_byte($1, i) # get_byte($2, i) END), CAST('' AS bytea) ORDER BY i)
            FROM generate_series(0, least(octet_length($1), octet_length($2)) - 1) i);
CREATE FUNCTION pg_catalog.dw_bytes_and(bytea, bytea) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_bytes($1, $2, '&');
CREATE FUNCTION pg_catalog.dw_bytes_or(bytea, bytea) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_bytes($1, $2, '|');
CREATE FUNCTION pg_catalog.dw_bytes_xor(bytea, bytea) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_bytes($1, $2, '#');
CREATE FUNCTION pg_catalog.dw_bytes_not(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dw_bytes($1, decode(repeat('ff', octet_length($1)), 'hex'), '#');
CREATE FUNCTION pg_catalog.dw_bytes_join(bytea, bytea) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $1 || $2;
CREATE OPERATOR pg_catalog.+ (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = dw_bytes_join);
CREATE OPERATOR pg_catalog.& (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = dw_bytes_and);
CREATE OPERATOR pg_catalog.| (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = dw_bytes_or);
CREATE OPERATOR pg_catalog.# (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = dw_bytes_xor);
CREATE OPERATOR pg_catalog.~ (RIGHTARG = bytea, FUNCTION = dw_bytes_not);
CREATE FUNCTION pg_catalog.dw_bits(bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT string_agg(CAST(CAST(get_byte($1, i) AS bit(8)) AS text), '' ORDER BY i) FROM generate_series(0, octet_length($1) - 1) i);
CREATE FUNCTION pg_catalog.to_varbyte(text, text) RETURNS varbyte LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE lower($2) WHEN 'hex' THEN decode($1, 'hex') WHEN 'base64' THEN decode($1, 'base64') ELSE convert_to($1, 'UTF8') END;
CREATE FUNCTION pg_catalog.from_varbyte(bytea, text) RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CASE lower($2) WHEN 'hex' THEN encode($1, 'hex') WHEN 'base64' THEN encode($1, 'base64') WHEN 'binary' THEN dw_bits($1) ELSE convert_from($1, 'UTF8') END AS varchar);
CREATE FUNCTION pg_catalog.getbit(bytea, integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (get_byte($1, octet_length($1) - 1 - $2 / 8) >> ($2 % 8)) & 1;
