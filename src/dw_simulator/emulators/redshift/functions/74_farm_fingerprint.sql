-- "FARMFINGERPRINT64 function": FarmHash's 64-bit fingerprint. Unsigned numbers are kept as BIGINT of the same bits.
-- Four bytes of a string, in the order of Intel or of the network.
CREATE FUNCTION pg_catalog.dw_word(bytes bytea, place integer, big boolean) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $3
        THEN (CAST(get_byte($1, $2) AS bigint) << 24) | (get_byte($1, $2 + 1) << 16) | (get_byte($1, $2 + 2) << 8) | get_byte($1, $2 + 3)
        ELSE (CAST(get_byte($1, $2 + 3) AS bigint) << 24) | (get_byte($1, $2 + 2) << 16) | (get_byte($1, $2 + 1) << 8) | get_byte($1, $2) END;
CREATE FUNCTION pg_catalog.dw_wrap(numeric) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(mod(mod($1, 18446744073709551616) + 27670116110564327424, 18446744073709551616) - 9223372036854775808 AS bigint);
CREATE FUNCTION pg_catalog.dw_sum64(bigint, bigint, bigint DEFAULT 0, bigint DEFAULT 0) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dw_wrap(CAST($1 AS numeric) + $2 + $3 + $4);
CREATE FUNCTION pg_catalog.dw_times64(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_wrap(CAST($1 AS numeric) * $2);
CREATE FUNCTION pg_catalog.dw_right64(bigint, integer) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ($1 >> $2) & ((CAST(1 AS bigint) << (64 - $2)) - 1);
CREATE FUNCTION pg_catalog.dw_rotate64(bigint, integer) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_right64($1, $2) | ($1 << (64 - $2));
CREATE FUNCTION pg_catalog.dw_mix64(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $1 # dw_right64($1, 47);
CREATE FUNCTION pg_catalog.dw_fetch64(bytea, integer) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (dw_word($1, $2 + 4, false) << 32) | dw_word($1, $2, false);
CREATE FUNCTION pg_catalog.dw_hash_pair(u bigint, v bigint, mul bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dw_times64(dw_mix64(dw_times64($2 # dw_mix64(dw_times64($1 # $2, $3)), $3)), $3);
CREATE FUNCTION pg_catalog.dw_weak_hash(s bytea, i integer, a bigint, b bigint) RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    z CONSTANT bigint := dw_fetch64(s, i + 24);
    first CONSTANT bigint := dw_sum64(a, dw_fetch64(s, i));
    turned CONSTANT bigint := dw_rotate64(dw_sum64(b, first, z), 21);
    total CONSTANT bigint := dw_sum64(first, dw_fetch64(s, i + 8), dw_fetch64(s, i + 16));
BEGIN
    RETURN ARRAY[dw_sum64(total, z), dw_sum64(turned, dw_rotate64(total, 44), first)];
END$$;
CREATE FUNCTION pg_catalog.dw_farm_short(s bytea) RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    k0 CONSTANT bigint := -4348849565147123417;
    k1 CONSTANT bigint := -5435081209227447693;
    k2 CONSTANT bigint := -7286425919675154353;
    size CONSTANT integer := octet_length(s);
    mul CONSTANT bigint := dw_sum64(k2, size * 2);
    a bigint; b bigint; c bigint; d bigint; y bigint; z bigint; e bigint; f bigint; g bigint; h bigint;
BEGIN
    IF size = 0 THEN RETURN k2; END IF;
    IF size < 4 THEN
        y := get_byte(s, 0) + (get_byte(s, size / 2) << 8);
        z := size + (get_byte(s, size - 1) << 2);
        RETURN dw_times64(dw_mix64(dw_times64(y, k2) # dw_times64(z, k0)), k2);
    ELSIF size < 8 THEN
        RETURN dw_hash_pair(size + (dw_word(s, 0, false) << 3), dw_word(s, size - 4, false), mul);
    ELSIF size <= 16 THEN
        a := dw_sum64(dw_fetch64(s, 0), k2); b := dw_fetch64(s, size - 8);
        RETURN dw_hash_pair(dw_sum64(dw_times64(dw_rotate64(b, 37), mul), a), dw_times64(dw_sum64(dw_rotate64(a, 25), b), mul), mul);
    END IF;
    a := dw_times64(dw_fetch64(s, 0), CASE WHEN size <= 32 THEN k1 ELSE k2 END);
    b := dw_fetch64(s, 8);
    c := dw_times64(dw_fetch64(s, size - 8), mul);
    d := dw_times64(dw_fetch64(s, size - 16), k2);
    y := dw_sum64(dw_rotate64(dw_sum64(a, b), 43), dw_rotate64(c, 30), d);
    z := dw_hash_pair(y, dw_sum64(a, dw_rotate64(dw_sum64(b, k2), 18), c), mul);
    IF size <= 32 THEN RETURN z; END IF;
    e := dw_times64(dw_fetch64(s, 16), mul); f := dw_fetch64(s, 24);
    g := dw_times64(dw_sum64(y, dw_fetch64(s, size - 32)), mul);
    h := dw_times64(dw_sum64(z, dw_fetch64(s, size - 24)), mul);
    RETURN dw_hash_pair(dw_sum64(dw_rotate64(dw_sum64(e, f), 43), dw_rotate64(g, 30), h), dw_sum64(e, dw_rotate64(dw_sum64(f, a), 18), g), mul);
END$$;
-- Over 64 bytes: blocks of 64, the last of them overlapping the one before.
CREATE FUNCTION pg_catalog.dw_farm_long(s bytea) RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    k0 CONSTANT bigint := -4348849565147123417;
    k1 CONSTANT bigint := -5435081209227447693;
    k2 CONSTANT bigint := -7286425919675154353;
    size CONSTANT integer := octet_length(s);
    blocks CONSTANT integer := (size - 1) / 64;
    x bigint := dw_sum64(dw_times64(81, k2), dw_fetch64(s, 0));
    y bigint := dw_sum64(dw_times64(81, k1), 113);
    z bigint := dw_times64(dw_mix64(dw_sum64(dw_times64(y, k2), 113)), k2);
    v bigint[] := '{0,0}';
    w bigint[] := '{0,0}';
    mul bigint := k1;
    factor bigint := 1;
    i integer;
    swap bigint;
BEGIN
    FOR block IN 0..blocks LOOP
        i := block * 64;
        IF block = blocks THEN
            mul := dw_sum64(k1, (z & 255) << 1);
            factor := 9;
            i := size - 64;
            w[1] := dw_sum64(w[1], (size - 1) & 63);
            v[1] := dw_sum64(v[1], w[1]);
            w[1] := dw_sum64(w[1], v[1]);
        END IF;
        x := dw_times64(dw_rotate64(dw_sum64(x, y, v[1], dw_fetch64(s, i + 8)), 37), mul);
        y := dw_times64(dw_rotate64(dw_sum64(y, v[2], dw_fetch64(s, i + 48)), 42), mul);
        x := x # dw_times64(w[2], factor);
        y := dw_sum64(y, dw_times64(v[1], factor), dw_fetch64(s, i + 40));
        z := dw_times64(dw_rotate64(dw_sum64(z, w[1]), 33), mul);
        v := dw_weak_hash(s, i, dw_times64(v[2], mul), dw_sum64(x, w[1]));
        w := dw_weak_hash(s, i + 32, dw_sum64(z, w[2]), dw_sum64(y, dw_fetch64(s, i + 16)));
        swap := z; z := x; x := swap;
    END LOOP;
    RETURN dw_hash_pair(dw_sum64(dw_hash_pair(v[1], w[1], mul), dw_times64(dw_mix64(y), k0), z), dw_sum64(dw_hash_pair(v[2], w[2], mul), x), mul);
END$$;
CREATE FUNCTION pg_catalog.farmfingerprint64(bytea) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN octet_length($1) <= 64 THEN dw_farm_short($1) ELSE dw_farm_long($1) END;
CREATE FUNCTION pg_catalog.farmfingerprint64(text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN farmfingerprint64(convert_to($1, 'UTF8'));
