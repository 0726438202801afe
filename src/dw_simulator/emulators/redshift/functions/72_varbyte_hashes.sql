-- "Hash functions" and digests of VARBYTE values.
CREATE FUNCTION pg_catalog.sha1(bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_sha1($1);
CREATE FUNCTION pg_catalog.sha(bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_sha1($1);
CREATE FUNCTION pg_catalog.func_sha1(bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_sha1($1);
CREATE FUNCTION pg_catalog.dw_bad_format(text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
    $$BEGIN RAISE EXCEPTION 'unsupported binary format: %', $1 USING ERRCODE = '22023', HINT = 'The formats are hex, binary, base64 and utf-8.'; END$$;
CREATE FUNCTION pg_catalog.dw_from_bits(text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF $1 !~ '^[01]*$' OR length($1) % 8 <> 0 THEN RAISE EXCEPTION 'invalid binary string: %', $1 USING ERRCODE = '22023'; END IF;
    RETURN coalesce((SELECT string_agg(set_byte(decode('00', 'hex'), 0, CAST(CAST(substr($1, i * 8 + 1, 8) AS bit(8)) AS integer)), '' ORDER BY i)
                     FROM generate_series(0, length($1) / 8 - 1) i), '');
END$$;
CREATE FUNCTION pg_catalog.dw_encoded(text, text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE lower($2) WHEN 'hex' THEN decode(repeat('0', length($1) % 2) || $1, 'hex') WHEN 'base64' THEN decode($1, 'base64') WHEN 'binary' THEN dw_from_bits($1)
                          WHEN 'utf8' THEN convert_to($1, 'UTF8') WHEN 'utf-8' THEN convert_to($1, 'UTF8') ELSE dw_bad_format($2) END;
CREATE FUNCTION pg_catalog.dw_decoded(bytea, text) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CAST(CASE lower($2) WHEN 'hex' THEN encode($1, 'hex') WHEN 'base64' THEN encode($1, 'base64') WHEN 'binary' THEN dw_bits($1)
                               WHEN 'utf8' THEN convert_from($1, 'UTF8') WHEN 'utf-8' THEN convert_from($1, 'UTF8')
                               ELSE encode(dw_bad_format($2), 'hex') END AS varchar);
