-- "Spatial functions": GEOMETRY and GEOGRAPHY are kept as Redshift prints them, extended well-known binary in hexadecimal
-- digits. Functions work on a JSON form: t the kind (1 point … 7 collection), s the SRID, z and m the extra dimensions,
-- c the coordinates as in GeoJSON (a collection: the JSON forms of its members).
CREATE TYPE pg_catalog.geometry;
UPDATE pg_depend SET objid = 3000 WHERE classid = 'pg_type'::regclass AND objid = (SELECT oid FROM pg_type WHERE typname = 'geometry' AND typnamespace = 'pg_catalog'::regnamespace);
UPDATE pg_type SET oid = 3000 WHERE typname = 'geometry' AND typnamespace = 'pg_catalog'::regnamespace;
CREATE FUNCTION pg_catalog.geometry_in(cstring) RETURNS geometry LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION pg_catalog.geometry_out(geometry) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE FUNCTION pg_catalog.geometry_recv(internal) RETURNS geometry LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'textrecv';
CREATE FUNCTION pg_catalog.geometry_send(geometry) RETURNS bytea LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'textsend';
CREATE TYPE pg_catalog.geometry (
    INPUT = geometry_in, OUTPUT = geometry_out, RECEIVE = geometry_recv, SEND = geometry_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended, CATEGORY = 'U'
);
CREATE CAST (geometry AS text) WITHOUT FUNCTION;
CREATE CAST (text AS geometry) WITHOUT FUNCTION;
CREATE TYPE pg_catalog.geography;
UPDATE pg_depend SET objid = 3001 WHERE classid = 'pg_type'::regclass AND objid = (SELECT oid FROM pg_type WHERE typname = 'geography' AND typnamespace = 'pg_catalog'::regnamespace);
UPDATE pg_type SET oid = 3001 WHERE typname = 'geography' AND typnamespace = 'pg_catalog'::regnamespace;
CREATE FUNCTION pg_catalog.geography_in(cstring) RETURNS geography LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION pg_catalog.geography_out(geography) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE FUNCTION pg_catalog.geography_recv(internal) RETURNS geography LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'textrecv';
CREATE FUNCTION pg_catalog.geography_send(geography) RETURNS bytea LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'textsend';
CREATE TYPE pg_catalog.geography (
    INPUT = geography_in, OUTPUT = geography_out, RECEIVE = geography_recv, SEND = geography_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended, CATEGORY = 'U'
);
CREATE CAST (geography AS text) WITHOUT FUNCTION;
CREATE CAST (text AS geography) WITHOUT FUNCTION;

CREATE FUNCTION pg_catalog.dw_spatial_error(message text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
    $$BEGIN RAISE EXCEPTION '%', $1 USING ERRCODE = '22023'; END$$;
CREATE FUNCTION pg_catalog.dw_kind_name(integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (ARRAY['POINT', 'LINESTRING', 'POLYGON', 'MULTIPOINT', 'MULTILINESTRING', 'MULTIPOLYGON', 'GEOMETRYCOLLECTION'])[$1];
CREATE FUNCTION pg_catalog.dw_kind_number(text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_position(ARRAY['POINT', 'LINESTRING', 'POLYGON', 'MULTIPOINT', 'MULTILINESTRING', 'MULTIPOLYGON', 'GEOMETRYCOLLECTION'], upper($1));
CREATE FUNCTION pg_catalog.dw_shape(kind integer, srid integer, z boolean, m boolean, coordinates jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN jsonb_build_object('t', $1, 's', $2, 'z', $3, 'm', $4, 'c', $5);
-- A shape like $1 of another kind or with other coordinates.
CREATE FUNCTION pg_catalog.dw_reshaped(shape jsonb, kind integer, coordinates jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $1 || jsonb_build_object('t', $2, 'c', $3);
CREATE FUNCTION pg_catalog.dw_empty(jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN NOT jsonb_path_exists($1 -> 'c', 'strict $.** ? (@.type() == "array" && @[0].type() == "number")');
CREATE FUNCTION pg_catalog.dw_points(jsonb) RETURNS SETOF jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$SELECT jsonb_path_query($1 -> 'c', 'strict $.** ? (@.type() == "array" && @[0].type() == "number")')$$;

-- --- numbers as bytes ------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_double(bytes bytea, place integer, big boolean) RETURNS double precision LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    high CONSTANT bigint := dw_word(bytes, place + CASE WHEN big THEN 0 ELSE 4 END, big);
    low CONSTANT bigint := dw_word(bytes, place + CASE WHEN big THEN 4 ELSE 0 END, big);
    exponent CONSTANT integer := (high >> 20) & 2047;
    fraction CONSTANT bigint := ((high & 1048575) << 32) | low;
    size double precision;
BEGIN
    IF exponent = 2047 THEN RETURN 'NaN'; END IF;
    size := CASE WHEN exponent = 0 THEN CAST(fraction AS double precision) * power(CAST(2 AS double precision), -1074)
                 ELSE CAST(fraction | 4503599627370496 AS double precision) * power(CAST(2 AS double precision), exponent - 1075) END;
    RETURN CASE WHEN high & 2147483648 <> 0 THEN -size ELSE size END;
END$$;
CREATE FUNCTION pg_catalog.dw_hex(double precision) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN upper(encode(dw_reversed(float8send($1)), 'hex'));
CREATE FUNCTION pg_catalog.dw_hex(bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN upper(encode(substring(dw_reversed(int8send($1)) FROM 1 FOR 4), 'hex'));

-- --- well-known binary ---------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_read_point(bytes bytea, INOUT place integer, big boolean, size integer, OUT c jsonb) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    x double precision;
BEGIN
    c := '[]';
    FOR i IN 0..size - 1 LOOP
        x := dw_double(bytes, place + i * 8, big);
        IF x <> 'NaN' THEN c := c || to_jsonb(x); END IF;
    END LOOP;
    place := place + size * 8;
END$$;
CREATE FUNCTION pg_catalog.dw_read_list(bytes bytea, INOUT place integer, big boolean, size integer, depth integer, OUT c jsonb) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    count CONSTANT bigint := dw_word(bytes, place, big);
    items jsonb[] := '{}';
    item record;
BEGIN
    place := place + 4;
    FOR i IN 1..count LOOP
        IF depth = 1 THEN item := dw_read_point(bytes, place, big, size);
        ELSE item := dw_read_list(bytes, place, big, size, depth - 1); END IF;
        place := item.place;
        items := items || item.c;
    END LOOP;
    c := to_jsonb(items);
END$$;
CREATE FUNCTION pg_catalog.dw_read_wkb(bytes bytea, INOUT place integer, OUT shape jsonb) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    big CONSTANT boolean := get_byte(bytes, place) = 0;
    code bigint := dw_word(bytes, place + 1, big);
    kind integer;
    z boolean; m boolean;
    srid bigint := 0;
    part record;
    parts jsonb[] := '{}';
BEGIN
    IF get_byte(bytes, place) > 1 THEN PERFORM dw_spatial_error('Invalid byte order in the input geometry'); END IF;
    place := place + 5;
    z := code & 2147483648 <> 0; m := code & 1073741824 <> 0;
    IF code & 536870912 <> 0 THEN srid := dw_word(bytes, place, big); place := place + 4; END IF;
    code := code & 268435455;
    z := z OR code / 1000 IN (1, 3); m := m OR code / 1000 IN (2, 3);
    kind := code % 1000;
    IF code >= 4000 OR kind NOT BETWEEN 1 AND 7 THEN PERFORM dw_spatial_error('Unknown type of the input geometry'); END IF;
    IF kind = 1 THEN part := dw_read_point(bytes, place, big, 2 + CAST(z AS integer) + CAST(m AS integer)); place := part.place; parts := ARRAY[part.c];
    ELSIF kind < 4 THEN part := dw_read_list(bytes, place, big, 2 + CAST(z AS integer) + CAST(m AS integer), kind - 1); place := part.place; parts := ARRAY[part.c];
    ELSE
        code := dw_word(bytes, place, big);
        place := place + 4;
        FOR i IN 1..code LOOP
            part := dw_read_wkb(bytes, place);
            place := part.place;
            parts := parts || CASE WHEN kind = 7 THEN part.shape ELSE part.shape -> 'c' END;
        END LOOP;
    END IF;
    shape := dw_shape(kind, CAST(srid AS integer), z, m, CASE WHEN kind < 4 THEN parts[1] ELSE to_jsonb(parts) END);
END$$;
CREATE FUNCTION pg_catalog.dw_from_hex(text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    bytes bytea;
    got record;
BEGIN
    IF $1 !~ '^([0-9A-Fa-f]{2})*$' THEN PERFORM dw_spatial_error('Compass I/O exception: Unexpected character in the hexadecimal representation of a geometry'); END IF;
    bytes := decode($1, 'hex');
    IF octet_length(bytes) < 9 THEN PERFORM dw_spatial_error('Compass I/O exception: EOF'); END IF;
    got := dw_read_wkb(bytes, 0);
    IF got.place <> octet_length(bytes) THEN PERFORM dw_spatial_error('Compass I/O exception: Invalid EWKB'); END IF;
    RETURN got.shape;
EXCEPTION WHEN array_subscript_error THEN
    RAISE EXCEPTION 'Compass I/O exception: EOF' USING ERRCODE = '22023';
END$$;
CREATE FUNCTION pg_catalog.dw_point_hex(coordinates jsonb, size integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN jsonb_array_length($1) = 0 THEN repeat('000000000000F87F', $2)
                ELSE (SELECT string_agg(dw_hex(CAST(v AS double precision)), '' ORDER BY n) FROM jsonb_array_elements($1) WITH ORDINALITY u(v, n)) END;
CREATE FUNCTION pg_catalog.dw_list_hex(coordinates jsonb, size integer, depth integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT dw_hex(CAST(jsonb_array_length($1) AS bigint)) || coalesce((SELECT string_agg(
        CASE WHEN $3 = 1 THEN dw_point_hex(v, $2) ELSE dw_list_hex(v, $2, $3 - 1) END, '' ORDER BY n) FROM jsonb_array_elements($1) WITH ORDINALITY u(v, n)), '')$$;
-- extended: dimensions as flags and the SRID, else ISO's numbers.
CREATE FUNCTION pg_catalog.dw_wkb(shape jsonb, extended boolean, outer_srid boolean DEFAULT true) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    kind CONSTANT integer := shape -> 't';
    z CONSTANT boolean := shape -> 'z'; m CONSTANT boolean := shape -> 'm';
    srid CONSTANT bigint := CASE WHEN extended AND outer_srid THEN CAST(shape -> 's' AS bigint) ELSE 0 END;
    size CONSTANT integer := 2 + CAST(z AS integer) + CAST(m AS integer);
    code CONSTANT bigint := kind + CASE WHEN extended
        THEN CASE WHEN z THEN 2147483648 ELSE 0 END + CASE WHEN m THEN 1073741824 ELSE 0 END + CASE WHEN srid <> 0 THEN 536870912 ELSE 0 END
        ELSE CASE WHEN z THEN 1000 ELSE 0 END + CASE WHEN m THEN 2000 ELSE 0 END END;
    head CONSTANT text := '01' || dw_hex(code) || CASE WHEN srid <> 0 THEN dw_hex(srid) ELSE '' END;
    c CONSTANT jsonb := shape -> 'c';
BEGIN
    RETURN head || CASE
        WHEN kind = 1 THEN dw_point_hex(c, size)
        WHEN kind < 4 THEN dw_list_hex(c, size, kind - 1)
        ELSE dw_hex(CAST(jsonb_array_length(c) AS bigint)) || coalesce((SELECT string_agg(
            dw_wkb(CASE WHEN kind = 7 THEN v ELSE dw_reshaped(shape, kind - 3, v) END, extended, false), '' ORDER BY n)
            FROM jsonb_array_elements(c) WITH ORDINALITY u(v, n)), '') END;
END$$;
CREATE FUNCTION pg_catalog.dw_g(geometry) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_from_hex(CAST($1 AS text));
CREATE FUNCTION pg_catalog.dw_g(geography) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN dw_from_hex(CAST($1 AS text));
CREATE FUNCTION pg_catalog.dw_geom(jsonb) RETURNS geometry LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(dw_wkb($1, true) AS geometry);
CREATE FUNCTION pg_catalog.dw_geog(jsonb) RETURNS geography LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(dw_wkb($1, true) AS geography);

-- --- well-known text -------------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_bad_wkt(text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dw_spatial_error('Compass I/O exception: Invalid WKT: ' || $1);
CREATE FUNCTION pg_catalog.dw_read_coordinates(body text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    made text := '';
    in_point boolean := false;
    token text;
BEGIN
    FOR token IN SELECT match[1] FROM regexp_matches(body, '(empty|[(),]|[-+]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:e[-+]?[0-9]+)?|[^[:space:]])', 'gi') match LOOP
        IF token ~ '[0-9]' THEN
            made := made || CASE WHEN in_point THEN ',' ELSE '[' END || CAST(to_jsonb(CAST(token AS double precision)) AS text);
            in_point := true;
            CONTINUE;
        END IF;
        IF in_point THEN made := made || ']'; in_point := false; END IF;
        made := made || CASE WHEN token = '(' THEN '[' WHEN token = ')' THEN ']' WHEN token = ',' THEN ',' WHEN lower(token) = 'empty' THEN '[]' ELSE token END;
    END LOOP;
    IF NOT pg_input_is_valid(made, 'jsonb') THEN RETURN dw_bad_wkt(body); END IF;
    RETURN CAST(made AS jsonb);
END$$;
CREATE FUNCTION pg_catalog.dw_members(body text) RETURNS SETOF text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    depth integer := 0;
    item text := '';
    letter text;
BEGIN
    FOREACH letter IN ARRAY string_to_array(body, NULL) LOOP
        depth := depth + CASE letter WHEN '(' THEN 1 WHEN ')' THEN -1 ELSE 0 END;
        IF letter = ',' AND depth = 0 THEN RETURN NEXT item; item := ''; ELSE item := item || letter; END IF;
    END LOOP;
    RETURN NEXT item;
END$$;
CREATE FUNCTION pg_catalog.dw_from_wkt(input text, srid integer) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    part CONSTANT text[] := regexp_match(input, '^[[:space:]]*([a-z]+?)[[:space:]]*(zm|z|m)?[[:space:]]*(empty|[(].*[)])[[:space:]]*$', 'i');
    kind CONSTANT integer := dw_kind_number(part[1]);
    body CONSTANT text := part[3];
    marks CONSTANT text := coalesce(lower(part[2]), '');
    shape jsonb;
    c jsonb;
    sizes integer[];
    size integer;
BEGIN
    IF kind IS NULL THEN RETURN dw_bad_wkt(input); END IF;
    IF kind = 7 THEN
        c := CASE WHEN lower(body) = 'empty' THEN '[]' ELSE (SELECT jsonb_agg(dw_from_wkt(i, srid) ORDER BY n) FROM dw_members(substr(body, 2, length(body) - 2)) WITH ORDINALITY u(i, n)) END;
        RETURN dw_shape(7, srid, marks LIKE '%z%' OR coalesce(CAST(c -> 0 -> 'z' AS boolean), false), marks LIKE '%m%' OR coalesce(CAST(c -> 0 -> 'm' AS boolean), false), c);
    END IF;
    c := dw_read_coordinates(body);
    IF kind = 1 AND lower(body) <> 'empty' THEN
        IF jsonb_array_length(c) <> 1 THEN RETURN dw_bad_wkt(input); END IF;
        c := c -> 0;
    ELSIF kind = 4 THEN
        c := coalesce((SELECT jsonb_agg(CASE WHEN jsonb_typeof(i -> 0) = 'array' THEN i -> 0 ELSE i END ORDER BY n) FROM jsonb_array_elements(c) WITH ORDINALITY u(i, n)), '[]');
    END IF;
    SELECT array_agg(DISTINCT jsonb_array_length(p)) INTO sizes FROM dw_points(jsonb_build_object('c', c)) p;
    size := coalesce(sizes[1], 2 + length(marks));
    IF cardinality(sizes) > 1 OR size NOT BETWEEN 2 AND 4 OR (marks <> '' AND size <> 2 + length(marks)) THEN RETURN dw_bad_wkt(input); END IF;
    shape := dw_shape(kind, srid, marks LIKE '%z%' OR (marks = '' AND size > 2), marks LIKE '%m%' OR (marks = '' AND size = 4), c);
    RETURN dw_checked(shape);
END$$;
CREATE FUNCTION pg_catalog.dw_depth_ok(c jsonb, depth integer) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT CASE WHEN jsonb_array_length($1) = 0 THEN true
                  WHEN $2 = 0 THEN jsonb_typeof($1 -> 0) = 'number'
                  ELSE (SELECT bool_and(jsonb_typeof(i) = 'array' AND dw_depth_ok(i, $2 - 1)) FROM jsonb_array_elements($1) i) END$$;
-- Lines have two points, rings four and end where they begin.
CREATE FUNCTION pg_catalog.dw_checked(shape jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    kind CONSTANT integer := shape -> 't';
    part record;
BEGIN
    IF kind = 7 THEN RETURN shape; END IF;
    IF NOT dw_depth_ok(shape -> 'c', (ARRAY[0, 1, 2, 1, 2, 3])[kind]) THEN RETURN dw_bad_wkt(dw_kind_name(kind)); END IF;
    FOR part IN SELECT * FROM dw_parts(shape) LOOP
        IF part.t = 2 AND jsonb_array_length(part.c) = 1 THEN RETURN dw_spatial_error('Compass I/O exception: LineString must have at least 2 points'); END IF;
        IF part.t = 3 AND EXISTS (SELECT FROM jsonb_array_elements(part.c) r WHERE jsonb_array_length(r) < 4 OR r -> 0 <> r -> -1) THEN
            RETURN dw_spatial_error('Compass I/O exception: Polygon ring is not closed or has less than 4 points');
        END IF;
    END LOOP;
    RETURN shape;
END$$;
CREATE FUNCTION pg_catalog.dw_parts(shape jsonb) RETURNS TABLE (t integer, c jsonb) LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    kind CONSTANT integer := shape -> 't';
BEGIN
    IF kind < 4 THEN RETURN QUERY SELECT kind, shape -> 'c' WHERE jsonb_array_length(shape -> 'c') > 0;
    ELSIF kind < 7 THEN RETURN QUERY SELECT kind - 3, i FROM jsonb_array_elements(shape -> 'c') i WHERE jsonb_array_length(i) > 0;
    ELSE RETURN QUERY SELECT p.t, p.c FROM jsonb_array_elements(shape -> 'c') i, LATERAL dw_parts(i) p; END IF;
END$$;
-- Of the binary number, as C prints it with %.15g; more digits are not printed.
CREATE FUNCTION pg_catalog.dw_digits(value numeric, size integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $1 = 0 THEN '0' WHEN $2 >= 15 OR length(CAST($1 AS text)) <= $2 THEN CAST(trim_scale(CAST(CAST($1 AS double precision) AS numeric)) AS text)
                ELSE CAST(trim_scale(round($1, $2 - 1 - CAST(floor(log(abs($1))) AS integer))) AS text) END;
CREATE FUNCTION pg_catalog.dw_point_text(coordinates jsonb, digits integer, separator text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT string_agg(dw_digits(CAST(v AS numeric), $2), $3 ORDER BY n) FROM jsonb_array_elements($1) WITH ORDINALITY u(v, n));
CREATE FUNCTION pg_catalog.dw_list_text(c jsonb, digits integer, depth integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT CASE WHEN jsonb_array_length($1) = 0 THEN 'EMPTY' WHEN $3 = 0 THEN '(' || dw_point_text($1, $2, ' ') || ')'
        ELSE '(' || (SELECT string_agg(CASE WHEN $3 = 1 THEN dw_point_text(v, $2, ' ') ELSE dw_list_text(v, $2, $3 - 1) END, ',' ORDER BY n)
                     FROM jsonb_array_elements($1) WITH ORDINALITY u(v, n)) || ')' END$$;
CREATE FUNCTION pg_catalog.dw_wkt(shape jsonb, digits integer) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    kind CONSTANT integer := shape -> 't';
    marks CONSTANT text := CASE WHEN CAST(shape -> 'z' AS boolean) THEN 'Z' ELSE '' END || CASE WHEN CAST(shape -> 'm' AS boolean) THEN 'M' ELSE '' END;
    c CONSTANT jsonb := shape -> 'c';
    body text;
BEGIN
    body := CASE WHEN jsonb_array_length(c) = 0 THEN 'EMPTY'
        WHEN kind = 7 THEN '(' || (SELECT string_agg(dw_wkt(v, digits), ',' ORDER BY n) FROM jsonb_array_elements(c) WITH ORDINALITY u(v, n)) || ')'
        WHEN kind = 4 THEN '(' || (SELECT string_agg(dw_list_text(v, digits, 0), ',' ORDER BY n) FROM jsonb_array_elements(c) WITH ORDINALITY u(v, n)) || ')'
        ELSE dw_list_text(c, digits, (ARRAY[0, 1, 2, 1, 2, 3])[kind]) END;
    RETURN dw_kind_name(kind) || CASE WHEN marks <> '' THEN ' ' || marks || ' ' WHEN body = 'EMPTY' THEN ' ' ELSE '' END || body;
END$$;
CREATE FUNCTION pg_catalog.dw_ewkt(shape jsonb, digits integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN CAST($1 -> 's' AS integer) <> 0 THEN 'SRID=' || ($1 ->> 's') || ';' ELSE '' END || dw_wkt($1, $2);
CREATE FUNCTION pg_catalog.dw_from_ewkt(input text, srid integer) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN $1 ~* '^[[:space:]]*srid[[:space:]]*=' THEN dw_from_wkt(substring($1 FROM '^[^;]*;(.*)$'), CAST(substring($1 FROM '=[[:space:]]*([0-9]+)[[:space:]]*;') AS integer))
                ELSE dw_from_wkt($1, $2) END;

-- --- GeoJSON ---------------------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_json_name(integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (ARRAY['Point', 'LineString', 'Polygon', 'MultiPoint', 'MultiLineString', 'MultiPolygon', 'GeometryCollection'])[$1];
CREATE FUNCTION pg_catalog.dw_list_json(c jsonb, digits integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT CASE WHEN jsonb_array_length($1) = 0 THEN '[]' WHEN jsonb_typeof($1 -> 0) = 'number' THEN '[' || dw_point_text($1, $2, ',') || ']'
        ELSE '[' || (SELECT string_agg(dw_list_json(v, $2), ',' ORDER BY n) FROM jsonb_array_elements($1) WITH ORDINALITY u(v, n)) || ']' END$$;
CREATE FUNCTION pg_catalog.dw_geojson(shape jsonb, digits integer) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    kind CONSTANT integer := shape -> 't';
BEGIN
    IF kind = 7 THEN
        RETURN '{"type":"GeometryCollection","geometries":[' || coalesce((SELECT string_agg(dw_geojson(v, digits), ',' ORDER BY n)
            FROM jsonb_array_elements(shape -> 'c') WITH ORDINALITY u(v, n)), '') || ']}';
    END IF;
    RETURN '{"type":"' || dw_json_name(kind) || '","coordinates":' || dw_list_json(shape -> 'c', digits) || '}';
END$$;
CREATE FUNCTION pg_catalog.dw_from_geojson(input jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    kind CONSTANT integer := dw_kind_number(input ->> 'type');
    size integer;
    members jsonb;
BEGIN
    IF kind IS NULL THEN RETURN dw_spatial_error('Invalid GeoJSON: unknown type'); END IF;
    IF kind = 7 THEN
        members := (SELECT coalesce(jsonb_agg(dw_from_geojson(v) ORDER BY n), '[]') FROM jsonb_array_elements(input -> 'geometries') WITH ORDINALITY u(v, n));
        RETURN dw_force(dw_shape(7, 4326, false, false, members), members @> '[{"z": true}]', false);
    END IF;
    IF jsonb_typeof(input -> 'coordinates') IS DISTINCT FROM 'array' THEN RETURN dw_spatial_error('Invalid GeoJSON: no coordinates'); END IF;
    SELECT max(jsonb_array_length(p)) INTO size FROM dw_points(jsonb_build_object('c', input -> 'coordinates')) p;
    IF size > 3 THEN RETURN dw_spatial_error('Invalid GeoJSON: more than three coordinates'); END IF;
    -- One point with a Z makes them all have one, of zero.
    RETURN dw_checked(dw_shape(kind, 4326, coalesce(size = 3, false), false, CASE WHEN size = 3 THEN dw_mapped(input -> 'coordinates', 2, 0) ELSE input -> 'coordinates' END));
END$$;
