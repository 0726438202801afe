-- "Spatial functions": constructors, accessors, formats, editors.

-- --- constructors -------------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_numbers(VARIADIC double precision[]) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN to_jsonb($1);
CREATE FUNCTION pg_catalog.st_point(double precision, double precision) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN dw_geom(dw_shape(1, 0, false, false, dw_numbers($1, $2)));
CREATE FUNCTION pg_catalog.st_makepoint(double precision, double precision) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN dw_geom(dw_shape(1, 0, false, false, dw_numbers($1, $2)));
CREATE FUNCTION pg_catalog.st_makepoint(double precision, double precision, double precision) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN dw_geom(dw_shape(1, 0, true, false, dw_numbers($1, $2, $3)));
CREATE FUNCTION pg_catalog.st_makepoint(double precision, double precision, double precision, double precision) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN dw_geom(dw_shape(1, 0, true, true, dw_numbers($1, $2, $3, $4)));
CREATE FUNCTION pg_catalog.st_geomfromtext(text, integer DEFAULT 0) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_geom(dw_from_wkt($1, $2));
CREATE FUNCTION pg_catalog.st_geomfromewkt(text) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_geom(dw_from_ewkt($1, 0));
CREATE FUNCTION pg_catalog.st_geogfromtext(text) RETURNS geography LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_geog(dw_from_ewkt($1, 4326));
CREATE FUNCTION pg_catalog.st_geomfromwkb(text, integer DEFAULT 0) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN dw_geom(dw_from_hex($1) || jsonb_build_object('s', $2));
CREATE FUNCTION pg_catalog.st_geomfromwkb(bytea, integer DEFAULT 0) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN st_geomfromwkb(encode($1, 'hex'), $2);
CREATE FUNCTION pg_catalog.st_geomfromewkb(text) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_geom(dw_from_hex($1));
CREATE FUNCTION pg_catalog.st_geomfromewkb(bytea) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_geom(dw_from_hex(encode($1, 'hex')));
CREATE FUNCTION pg_catalog.st_geogfromwkb(text) RETURNS geography LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN dw_geog(dw_from_hex($1) || '{"s": 4326}');
CREATE FUNCTION pg_catalog.st_geogfromwkb(bytea) RETURNS geography LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN st_geogfromwkb(encode($1, 'hex'));
CREATE FUNCTION pg_catalog.st_geomfromgeojson(text) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_geom(dw_from_geojson(CAST($1 AS jsonb)));
CREATE FUNCTION pg_catalog.dw_box(x1 double precision, y1 double precision, x2 double precision, y2 double precision, srid integer) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $1 = $3 AND $2 = $4 THEN dw_shape(1, $5, false, false, dw_numbers($1, $2))
        WHEN $1 = $3 OR $2 = $4 THEN dw_shape(2, $5, false, false, jsonb_build_array(dw_numbers($1, $2), dw_numbers($3, $4)))
        ELSE dw_shape(3, $5, false, false, jsonb_build_array(jsonb_build_array(dw_numbers($1, $2), dw_numbers($1, $4), dw_numbers($3, $4), dw_numbers($3, $2), dw_numbers($1, $2)))) END;
CREATE FUNCTION pg_catalog.st_makeenvelope(double precision, double precision, double precision, double precision, integer DEFAULT 0) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN dw_geom(dw_box(least($1, $3), least($2, $4), greatest($1, $3), greatest($2, $4), $5));

-- --- formats --------------------------------------------------------------------------------------------------------------------
DO $do$
DECLARE
    kind text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['geometry', 'geography'] LOOP
        EXECUTE format($$CREATE OR REPLACE FUNCTION pg_catalog.st_astext(%1$s, integer DEFAULT 15) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CAST(dw_wkt(dw_g($1), $2) AS varchar)$$, kind);
        EXECUTE format($$CREATE OR REPLACE FUNCTION pg_catalog.st_asewkt(%1$s, integer DEFAULT 15) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CAST(dw_ewkt(dw_g($1), $2) AS varchar)$$, kind);
        EXECUTE format($$CREATE OR REPLACE FUNCTION pg_catalog.st_asgeojson(%1$s, integer DEFAULT 15) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CAST(dw_geojson(dw_g($1), $2) AS varchar)$$, kind);
        EXECUTE format($$CREATE OR REPLACE FUNCTION pg_catalog.st_ashexwkb(%1$s) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CAST(dw_wkb(dw_g($1), false) AS varchar)$$, kind);
        EXECUTE format($$CREATE OR REPLACE FUNCTION pg_catalog.st_ashexewkb(%1$s) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CAST(dw_wkb(dw_g($1), true) AS varchar)$$, kind);
        EXECUTE format($$CREATE OR REPLACE FUNCTION pg_catalog.st_asbinary(%1$s) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CAST(dw_wkb(dw_g($1), false) AS varchar)$$, kind);
        EXECUTE format($$CREATE OR REPLACE FUNCTION pg_catalog.st_asewkb(%1$s) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CAST(dw_wkb(dw_g($1), true) AS varchar)$$, kind);
        EXECUTE format($$CREATE OR REPLACE FUNCTION pg_catalog.st_srid(%1$s) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CAST(dw_g($1) -> 's' AS integer)$$, kind);
        EXECUTE format($$CREATE OR REPLACE FUNCTION pg_catalog.st_npoints(%1$s) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN (SELECT count(*) FROM dw_points(dw_g($1)) p)$$, kind);
    END LOOP;
END$do$;

-- "Querying spatial data": a shape without an SRID is taken for one in degrees.
CREATE FUNCTION pg_catalog.dw_as_geography(geometry) RETURNS geography LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN dw_geog(CASE WHEN st_srid($1) IN (0, 4326) THEN jsonb_set(dw_g($1), '{s}', '4326')
                        ELSE dw_spatial_error('a GEOMETRY with SRID ' || st_srid($1) || ' cannot be cast to GEOGRAPHY by the Redshift emulator') END);
CREATE FUNCTION pg_catalog.dw_as_geometry(geography) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_geom(dw_g($1));
CREATE CAST (geometry AS geography) WITH FUNCTION pg_catalog.dw_as_geography(geometry);
CREATE CAST (geography AS geometry) WITH FUNCTION pg_catalog.dw_as_geometry(geography);

-- --- coordinates ----------------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_axis(shape jsonb, axis text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 = 'x' THEN 0 WHEN $2 = 'y' THEN 1 WHEN $2 = 'z' AND CAST($1 -> 'z' AS boolean) THEN 2
                WHEN $2 = 'm' AND CAST($1 -> 'm' AS boolean) THEN 2 + CAST(CAST($1 -> 'z' AS boolean) AS integer) END;
CREATE FUNCTION pg_catalog.dw_coordinate(shape jsonb, axis text) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF shape ->> 't' <> '1' THEN PERFORM dw_spatial_error('the input geometry must be a POINT'); END IF;
    RETURN CAST(shape -> 'c' -> dw_axis(shape, axis) AS double precision);
END$$;
CREATE FUNCTION pg_catalog.dw_bound(shape jsonb, axis text, largest boolean) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT CASE WHEN $3 THEN max(CAST(p -> dw_axis($1, $2) AS double precision)) ELSE min(CAST(p -> dw_axis($1, $2) AS double precision)) END FROM dw_points($1) p);
DO $do$
DECLARE
    axis text;
BEGIN
    FOREACH axis IN ARRAY ARRAY['x', 'y', 'z', 'm'] LOOP
        EXECUTE format($$CREATE OR REPLACE FUNCTION pg_catalog.st_%1$s(geometry) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_coordinate(dw_g($1), %1$L)$$, axis);
        EXECUTE format($$CREATE OR REPLACE FUNCTION pg_catalog.st_%1$smin(geometry) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_bound(dw_g($1), %1$L, false)$$, axis);
        EXECUTE format($$CREATE OR REPLACE FUNCTION pg_catalog.st_%1$smax(geometry) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_bound(dw_g($1), %1$L, true)$$, axis);
    END LOOP;
END$do$;
CREATE FUNCTION pg_catalog.st_envelope(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN dw_empty(dw_g($1)) THEN $1 ELSE dw_geom(dw_box(st_xmin($1), st_ymin($1), st_xmax($1), st_ymax($1), st_srid($1))) END;

-- --- accessors --------------------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_t(geometry) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CAST(dw_g($1) -> 't' AS integer);
CREATE FUNCTION pg_catalog.geometrytype(geometry) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CAST(dw_kind_name(dw_t($1)) || CASE WHEN CAST(dw_g($1) -> 'm' AS boolean) AND NOT CAST(dw_g($1) -> 'z' AS boolean) THEN 'M' ELSE '' END AS varchar);
CREATE FUNCTION pg_catalog.st_geometrytype(geometry) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CAST('ST_' || dw_json_name(dw_t($1)) AS varchar);
CREATE FUNCTION pg_catalog.st_isempty(geometry) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_empty(dw_g($1));
CREATE FUNCTION pg_catalog.st_iscollection(geometry) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_t($1) >= 4;
CREATE FUNCTION pg_catalog.st_ndims(geometry) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN 2 + CAST(CAST(dw_g($1) -> 'z' AS boolean) AS integer) + CAST(CAST(dw_g($1) -> 'm' AS boolean) AS integer);
CREATE FUNCTION pg_catalog.dw_dimension(shape jsonb) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$SELECT CASE WHEN CAST($1 -> 't' AS integer) < 7 THEN (CAST($1 -> 't' AS integer) - 1) % 3
                  ELSE coalesce((SELECT max(dw_dimension(i)) FROM jsonb_array_elements($1 -> 'c') i), 0) END$$;
CREATE FUNCTION pg_catalog.st_dimension(geometry) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_dimension(dw_g($1));
CREATE FUNCTION pg_catalog.st_numpoints(geometry) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN dw_t($1) = 2 THEN jsonb_array_length(dw_g($1) -> 'c') END;
CREATE FUNCTION pg_catalog.st_numgeometries(geometry) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN dw_t($1) >= 4 THEN jsonb_array_length(dw_g($1) -> 'c') ELSE CASE WHEN dw_empty(dw_g($1)) THEN 0 ELSE 1 END END;
CREATE FUNCTION pg_catalog.st_geometryn(geometry, integer) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN $2 < 1 THEN NULL WHEN dw_t($1) < 4 THEN CASE WHEN $2 = 1 AND NOT dw_empty(dw_g($1)) THEN $1 END
                WHEN dw_t($1) = 7 THEN dw_geom(dw_g($1) -> 'c' -> $2 - 1 || jsonb_build_object('s', dw_g($1) -> 's'))
                WHEN $2 <= jsonb_array_length(dw_g($1) -> 'c') THEN dw_geom(dw_reshaped(dw_g($1), dw_t($1) - 3, dw_g($1) -> 'c' -> $2 - 1)) END;
CREATE FUNCTION pg_catalog.st_pointn(geometry, integer) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN dw_t($1) = 2 AND $2 <> 0 THEN
        (SELECT dw_geom(dw_reshaped(dw_g($1), 1, p)) FROM (SELECT dw_g($1) -> 'c' -> CASE WHEN $2 > 0 THEN $2 - 1 ELSE $2 END AS p) s WHERE p IS NOT NULL) END;
CREATE FUNCTION pg_catalog.st_startpoint(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN st_pointn($1, 1);
CREATE FUNCTION pg_catalog.st_endpoint(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN st_pointn($1, -1);
CREATE FUNCTION pg_catalog.st_exteriorring(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN dw_t($1) = 3 THEN dw_geom(dw_reshaped(dw_g($1), 2, coalesce(dw_g($1) -> 'c' -> 0, '[]'))) END;
CREATE FUNCTION pg_catalog.st_interiorringn(geometry, integer) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN dw_t($1) = 3 AND $2 > 0 AND $2 < jsonb_array_length(dw_g($1) -> 'c') THEN dw_geom(dw_reshaped(dw_g($1), 2, dw_g($1) -> 'c' -> $2)) END;
CREATE FUNCTION pg_catalog.st_numinteriorrings(geometry) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN dw_t($1) = 3 THEN greatest(jsonb_array_length(dw_g($1) -> 'c') - 1, 0) END;
CREATE FUNCTION pg_catalog.st_nrings(geometry) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT CAST(coalesce(sum(jsonb_array_length(c)) FILTER (WHERE t = 3), 0) AS integer) FROM dw_parts(dw_g($1)));
CREATE FUNCTION pg_catalog.dw_closed(shape jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN NOT dw_empty($1) AND (SELECT coalesce(bool_and(t <> 2 OR c -> 0 = c -> -1), false) FROM dw_parts($1));
CREATE FUNCTION pg_catalog.st_isclosed(geometry) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_closed(dw_g($1));
CREATE FUNCTION pg_catalog.st_boundary(geometry) RETURNS geometry LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    g CONSTANT jsonb := dw_g($1);
    kind CONSTANT integer := g -> 't';
    parts jsonb;
BEGIN
    IF kind = 7 THEN RETURN NULL; END IF;
    IF kind IN (1, 4) THEN RETURN dw_geom(dw_reshaped(g, 7, '[]')); END IF;
    IF kind IN (2, 5) THEN
        SELECT coalesce(jsonb_agg(p ORDER BY n), '[]') INTO parts FROM (
            SELECT p, min(n) AS n FROM (SELECT e.p, row_number() OVER () AS n FROM dw_parts(g) s, LATERAL (VALUES (s.c -> 0), (s.c -> -1)) e(p)) u GROUP BY p HAVING count(*) % 2 = 1) v;
        RETURN dw_geom(dw_reshaped(g, 4, parts));
    END IF;
    SELECT coalesce(jsonb_agg(r), '[]') INTO parts FROM dw_parts(g) s, LATERAL jsonb_array_elements(s.c) r;
    IF kind = 3 AND jsonb_array_length(parts) = 1 THEN RETURN dw_geom(dw_reshaped(g, 2, parts -> 0)); END IF;
    RETURN dw_geom(dw_reshaped(g, 5, parts));
END$$;
CREATE FUNCTION pg_catalog.addbbox(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1;
CREATE FUNCTION pg_catalog.dropbbox(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1;

-- --- editors -----------------------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.st_setsrid(geometry, integer) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN dw_geom(dw_g($1) || jsonb_build_object('s', $2));
CREATE FUNCTION pg_catalog.dw_same_srid(geometry, geometry) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF st_srid($1) <> st_srid($2) THEN PERFORM dw_spatial_error('Operation on two geometries with different SRIDs, ' || st_srid($1) || ' and ' || st_srid($2)); END IF;
    RETURN st_srid($1);
END$$;
CREATE FUNCTION pg_catalog.dw_mapped(c jsonb, z integer, m integer) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT CASE WHEN jsonb_typeof($1 -> 0) = 'number'
        THEN jsonb_build_array($1 -> 0, $1 -> 1) || CASE WHEN $2 = 0 THEN '[]' WHEN $2 > 0 THEN jsonb_build_array(coalesce($1 -> $2, '0')) ELSE '[0]' END
                                                || CASE WHEN $3 = 0 THEN '[]' WHEN $3 > 0 THEN jsonb_build_array($1 -> $3) ELSE '[0]' END
        ELSE (SELECT coalesce(jsonb_agg(dw_mapped(i, $2, $3) ORDER BY n), '[]') FROM jsonb_array_elements($1) WITH ORDINALITY u(i, n)) END$$;
CREATE FUNCTION pg_catalog.dw_force(shape jsonb, z boolean, m boolean) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    from_z CONSTANT integer := CASE WHEN NOT z THEN 0 ELSE coalesce(dw_axis(shape, 'z'), -1) END;
    from_m CONSTANT integer := CASE WHEN NOT m THEN 0 ELSE coalesce(dw_axis(shape, 'm'), -1) END;
BEGIN
    RETURN shape || jsonb_build_object('z', z, 'm', m, 'c', CASE WHEN shape ->> 't' = '7'
        THEN (SELECT coalesce(jsonb_agg(dw_force(i, z, m) ORDER BY n), '[]') FROM jsonb_array_elements(shape -> 'c') WITH ORDINALITY u(i, n))
        ELSE dw_mapped(shape -> 'c', from_z, from_m) END);
END$$;
CREATE FUNCTION pg_catalog.st_force2d(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_geom(dw_force(dw_g($1), false, false));
CREATE FUNCTION pg_catalog.st_force3d(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_geom(dw_force(dw_g($1), true, false));
CREATE FUNCTION pg_catalog.st_force3dz(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_geom(dw_force(dw_g($1), true, false));
CREATE FUNCTION pg_catalog.st_force3dm(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_geom(dw_force(dw_g($1), false, true));
CREATE FUNCTION pg_catalog.st_force4d(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_geom(dw_force(dw_g($1), true, true));
CREATE FUNCTION pg_catalog.dw_backwards(c jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT coalesce(jsonb_agg(i ORDER BY n DESC), '[]') FROM jsonb_array_elements($1) WITH ORDINALITY u(i, n));
CREATE FUNCTION pg_catalog.dw_reverse(shape jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    kind CONSTANT integer := shape -> 't';
BEGIN
    IF kind IN (1, 4) THEN RETURN shape; END IF;
    IF kind = 2 THEN RETURN dw_reshaped(shape, 2, dw_backwards(shape -> 'c')); END IF;
    RETURN dw_reshaped(shape, kind, (SELECT coalesce(jsonb_agg(CASE WHEN kind IN (3, 5) THEN dw_backwards(i)
        WHEN kind = 6 THEN dw_reverse(dw_reshaped(shape, 3, i)) -> 'c' ELSE dw_reverse(i) END ORDER BY n), '[]') FROM jsonb_array_elements(shape -> 'c') WITH ORDINALITY u(i, n)));
END$$;
CREATE FUNCTION pg_catalog.st_reverse(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_geom(dw_reverse(dw_g($1)));
CREATE FUNCTION pg_catalog.st_multi(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN dw_t($1) >= 4 THEN $1 ELSE dw_geom(dw_reshaped(dw_g($1), dw_t($1) + 3, CASE WHEN dw_empty(dw_g($1)) THEN '[]' ELSE jsonb_build_array(dw_g($1) -> 'c') END)) END;
CREATE FUNCTION pg_catalog.st_points(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN dw_geom(dw_reshaped(dw_g($1), 4, (SELECT coalesce(jsonb_agg(p), '[]') FROM dw_points(dw_g($1)) p)));
CREATE FUNCTION pg_catalog.st_linefrommultipoint(geometry) RETURNS geometry LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF dw_t($1) <> 4 THEN PERFORM dw_spatial_error('the input geometry must be a MULTIPOINT'); END IF;
    RETURN dw_geom(dw_checked(dw_reshaped(dw_g($1), 2, dw_g($1) -> 'c')));
END$$;
CREATE FUNCTION pg_catalog.dw_line(geometry) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF dw_t($1) <> 2 THEN PERFORM dw_spatial_error('the input geometry must be a LINESTRING'); END IF;
    RETURN dw_g($1);
END$$;
CREATE FUNCTION pg_catalog.dw_a_point(geometry) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF dw_t($1) <> 1 OR dw_empty(dw_g($1)) THEN PERFORM dw_spatial_error('the input geometry must be a non-empty POINT'); END IF;
    RETURN dw_g($1) -> 'c';
END$$;
-- Positions count from 0; -1 is the end.
CREATE FUNCTION pg_catalog.st_addpoint(geometry, geometry, integer DEFAULT -1) RETURNS geometry LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    line CONSTANT jsonb := dw_line($1);
    size CONSTANT integer := jsonb_array_length(line -> 'c');
BEGIN
    PERFORM dw_same_srid($1, $2);
    IF $3 NOT BETWEEN -1 AND size THEN PERFORM dw_spatial_error('Invalid point index: ' || $3); END IF;
    RETURN dw_geom(CASE WHEN $3 IN (-1, size) THEN dw_reshaped(line, 2, line -> 'c' || jsonb_build_array(dw_a_point($2)))
                        ELSE jsonb_insert(line, ARRAY['c', CAST($3 AS text)], dw_a_point($2)) END);
END$$;
CREATE FUNCTION pg_catalog.st_setpoint(geometry, integer, geometry) RETURNS geometry LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    line CONSTANT jsonb := dw_line($1);
    size CONSTANT integer := jsonb_array_length(line -> 'c');
BEGIN
    PERFORM dw_same_srid($1, $3);
    IF $2 NOT BETWEEN -size AND size - 1 THEN PERFORM dw_spatial_error('Invalid point index: ' || $2); END IF;
    RETURN dw_geom(jsonb_set(line, ARRAY['c', CAST($2 AS text)], dw_a_point($3)));
END$$;
CREATE FUNCTION pg_catalog.st_removepoint(geometry, integer) RETURNS geometry LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    line CONSTANT jsonb := dw_line($1);
BEGIN
    IF $2 NOT BETWEEN 0 AND jsonb_array_length(line -> 'c') - 1 THEN PERFORM dw_spatial_error('Invalid point index: ' || $2); END IF;
    RETURN dw_geom(dw_checked(line #- ARRAY['c', CAST($2 AS text)]));
END$$;
CREATE FUNCTION pg_catalog.st_makeline(geometry, geometry) RETURNS geometry LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    PERFORM dw_same_srid($1, $2);
    IF dw_t($1) NOT IN (1, 2, 4) OR dw_t($2) NOT IN (1, 2, 4) THEN PERFORM dw_spatial_error('the input geometries must be POINT, LINESTRING or MULTIPOINT'); END IF;
    IF st_ndims($1) <> st_ndims($2) THEN PERFORM dw_spatial_error('the input geometries must have the same dimensions'); END IF;
    -- Two lines that meet share the point once.
    RETURN dw_geom(dw_reshaped(dw_g($1), 2, (SELECT coalesce(jsonb_agg(p ORDER BY side, n), '[]') FROM (
        SELECT 1 AS side, n, p FROM dw_points(dw_g($1)) WITH ORDINALITY a(p, n) UNION ALL SELECT 2, n, p FROM dw_points(dw_g($2)) WITH ORDINALITY b(p, n)
         WHERE NOT (n = 1 AND dw_t($1) = 2 AND dw_t($2) = 2 AND p = dw_g($1) -> 'c' -> -1)) s)));
END$$;
CREATE FUNCTION pg_catalog.st_makepolygon(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN dw_geom(dw_checked(dw_reshaped(dw_line($1), 3, CASE WHEN dw_empty(dw_g($1)) THEN '[]' ELSE jsonb_build_array(dw_g($1) -> 'c') END)));
CREATE FUNCTION pg_catalog.st_polygon(geometry, integer) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN st_setsrid(st_makepolygon($1), $2);

-- --- collecting --------------------------------------------------------------------------------------------------------------------
-- Simple shapes of one kind make its multi kind, else a collection.
CREATE FUNCTION pg_catalog.dw_collect(jsonb[]) RETURNS geometry LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    kinds integer[];
    srids integer[];
BEGIN
    IF coalesce(cardinality($1), 0) = 0 THEN RETURN NULL; END IF;
    SELECT array_agg(DISTINCT CAST(g -> 't' AS integer)), array_agg(DISTINCT CAST(g -> 's' AS integer)) INTO kinds, srids FROM unnest($1) g;
    IF cardinality(srids) > 1 THEN PERFORM dw_spatial_error('Operation on geometries with different SRIDs'); END IF;
    IF cardinality(kinds) = 1 AND kinds[1] < 4 THEN
        RETURN dw_geom(dw_reshaped($1[1], kinds[1] + 3, (SELECT jsonb_agg(g -> 'c' ORDER BY n) FROM unnest($1) WITH ORDINALITY u(g, n))));
    END IF;
    RETURN dw_geom(dw_reshaped($1[1], 7, to_jsonb($1)));
END$$;
CREATE FUNCTION pg_catalog.st_collect(geometry, geometry) RETURNS geometry LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $1 IS NULL THEN $2 WHEN $2 IS NULL THEN $1 ELSE dw_collect(ARRAY[dw_g($1), dw_g($2)]) END;
CREATE FUNCTION pg_catalog.dw_collect_step(jsonb[], geometry) RETURNS jsonb[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 IS NULL THEN $1 ELSE array_append($1, dw_g($2)) END;
CREATE AGGREGATE pg_catalog.st_collect(geometry) (SFUNC = dw_collect_step, STYPE = jsonb[], INITCOND = '{}', FINALFUNC = dw_collect);
