-- "Spatial functions": measures, and relations of two geometries decided on exact decimal coordinates.

-- --- segments -----------------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_path(path jsonb) RETURNS TABLE (ax numeric, ay numeric, bx numeric, by numeric) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT CAST(a -> 0 AS numeric), CAST(a -> 1 AS numeric), CAST(b -> 0 AS numeric), CAST(b -> 1 AS numeric)
        FROM (SELECT p AS a, lead(p) OVER (ORDER BY n) AS b FROM jsonb_array_elements($1) WITH ORDINALITY u(p, n)) s WHERE b IS NOT NULL$$;
-- The segments of the lines (2) or rings (3) of a shape.
CREATE FUNCTION pg_catalog.dw_segments(shape jsonb, kinds integer[] DEFAULT ARRAY[2, 3]) RETURNS TABLE (ax numeric, ay numeric, bx numeric, by numeric) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT s.* FROM dw_parts($1) p, LATERAL (SELECT p.c AS r WHERE p.t = 2 UNION ALL SELECT i FROM jsonb_array_elements(CASE WHEN p.t = 3 THEN p.c END) i) r, LATERAL dw_path(r.r) s
       WHERE p.t = ANY ($2)$$;
CREATE FUNCTION pg_catalog.dw_extent(shape jsonb, kinds integer[]) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT coalesce(sum(sqrt(CAST(bx - ax AS double precision) ^ 2 + CAST(by - ay AS double precision) ^ 2)), 0) FROM dw_segments($1, $2));
CREATE FUNCTION pg_catalog.dw_ring_area(ring jsonb) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT CAST(coalesce(sum(ax * by - bx * ay), 0) / 2 AS double precision) FROM dw_path($1));
CREATE FUNCTION pg_catalog.st_length(geometry) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_extent(dw_g($1), ARRAY[2]);
CREATE FUNCTION pg_catalog.st_length2d(geometry) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_extent(dw_g($1), ARRAY[2]);
CREATE FUNCTION pg_catalog.st_perimeter(geometry) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_extent(dw_g($1), ARRAY[3]);
CREATE FUNCTION pg_catalog.st_perimeter2d(geometry) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_extent(dw_g($1), ARRAY[3]);
CREATE FUNCTION pg_catalog.dw_area(shape jsonb) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT coalesce(sum(CASE WHEN n = 1 THEN abs(dw_ring_area(r)) ELSE -abs(dw_ring_area(r)) END), 0)
            FROM dw_parts($1) p, LATERAL jsonb_array_elements(p.c) WITH ORDINALITY u(r, n) WHERE p.t = 3);
CREATE FUNCTION pg_catalog.st_area(geometry) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_area(dw_g($1));

-- On a spheroid only what has no extent can be measured here.
CREATE FUNCTION pg_catalog.dw_no_spheroid(name text) RETURNS double precision LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS
    $$BEGIN RAISE EXCEPTION '% of a GEOGRAPHY is not supported by this emulator', $1 USING ERRCODE = '0A000'; END$$;
CREATE FUNCTION pg_catalog.st_area(geography) RETURNS double precision LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
    RETURN CASE WHEN EXISTS (SELECT FROM dw_parts(dw_g($1)) WHERE t = 3) THEN dw_no_spheroid('ST_Area') ELSE 0 END;
CREATE FUNCTION pg_catalog.st_length(geography) RETURNS double precision LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
    RETURN CASE WHEN EXISTS (SELECT FROM dw_parts(dw_g($1)) WHERE t = 2) THEN dw_no_spheroid('ST_Length') ELSE 0 END;
CREATE FUNCTION pg_catalog.st_perimeter(geography) RETURNS double precision LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
    RETURN CASE WHEN EXISTS (SELECT FROM dw_parts(dw_g($1)) WHERE t = 3) THEN dw_no_spheroid('ST_Perimeter') ELSE 0 END;
CREATE FUNCTION pg_catalog.st_distance(geography, geography) RETURNS double precision LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
    RETURN CASE WHEN dw_empty(dw_g($1)) OR dw_empty(dw_g($2)) THEN NULL ELSE dw_no_spheroid('ST_Distance') END;

CREATE FUNCTION pg_catalog.dw_point_pair(geometry, geometry) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    PERFORM dw_a_point($1), dw_a_point($2);
    RETURN dw_same_srid($1, $2);
END$$;
-- The haversine formula on a sphere of the mean radius of WGS 84.
CREATE FUNCTION pg_catalog.st_distancesphere(geometry, geometry, double precision DEFAULT 6371008.7714150598) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    a CONSTANT jsonb := dw_a_point($1);
    b CONSTANT jsonb := dw_a_point($2);
    y1 CONSTANT double precision := radians(CAST(a -> 1 AS double precision));
    y2 CONSTANT double precision := radians(CAST(b -> 1 AS double precision));
    x CONSTANT double precision := radians(CAST(b -> 0 AS double precision) - CAST(a -> 0 AS double precision));
BEGIN
    PERFORM dw_same_srid($1, $2);
    IF $3 <= 0 THEN PERFORM dw_spatial_error('the radius must be positive'); END IF;
    RETURN 2 * $3 * asin(least(1, sqrt(sin((y2 - y1) / 2) ^ 2 + cos(y1) * cos(y2) * sin(x / 2) ^ 2)));
END$$;
-- Clockwise from north, 0 to two pi; NULL for one point.
CREATE FUNCTION pg_catalog.dw_bearing(a jsonb, b jsonb) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN dx <> 0 OR dy <> 0 THEN atan2(dx, dy) + CASE WHEN atan2(dx, dy) < 0 THEN 2 * pi() ELSE 0 END END
            FROM (SELECT CAST($2 -> 0 AS double precision) - CAST($1 -> 0 AS double precision) AS dx, CAST($2 -> 1 AS double precision) - CAST($1 -> 1 AS double precision) AS dy) d);
CREATE FUNCTION pg_catalog.st_azimuth(geometry, geometry) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN dw_same_srid($1, $2) IS NOT NULL THEN dw_bearing(dw_a_point($1), dw_a_point($2)) END;

-- --- where a point lies ----------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_on_segment(x numeric, y numeric, ax numeric, ay numeric, bx numeric, by numeric) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ($1 - $3) * ($6 - $4) = ($2 - $4) * ($5 - $3) AND $1 BETWEEN least($3, $5) AND greatest($3, $5) AND $2 BETWEEN least($4, $6) AND greatest($4, $6);
-- 1 inside a polygon, 0 on its rings, -1 outside.
CREATE FUNCTION pg_catalog.dw_in_polygon(x numeric, y numeric, polygon jsonb) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN bool_or(dw_on_segment($1, $2, ax, ay, bx, by)) THEN 0
                        WHEN count(*) FILTER (WHERE (ay > $2) <> (by > $2) AND ($1 < (bx - ax) * ($2 - ay) / nullif(by - ay, 0) + ax)) % 2 = 1 THEN 1 ELSE -1 END
            FROM dw_segments(jsonb_build_object('t', 3, 'c', $3)));
CREATE FUNCTION pg_catalog.dw_in_polygons(x numeric, y numeric, shape jsonb) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT coalesce(max(dw_in_polygon($1, $2, c)), -1) FROM dw_parts($3) WHERE t = 3);
CREATE FUNCTION pg_catalog.dw_lies_on(x numeric, y numeric, shape jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dw_in_polygons($1, $2, $3) >= 0
        OR EXISTS (SELECT FROM dw_segments($3, ARRAY[2]) WHERE dw_on_segment($1, $2, ax, ay, bx, by))
        OR EXISTS (SELECT FROM dw_parts($3) WHERE t = 1 AND CAST(c -> 0 AS numeric) = $1 AND CAST(c -> 1 AS numeric) = $2);
-- The ends of the lines of a shape that an odd number of its lines share: their boundary.
CREATE FUNCTION pg_catalog.dw_ends(shape jsonb) RETURNS TABLE (x numeric, y numeric) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT CAST(e -> 0 AS numeric), CAST(e -> 1 AS numeric) FROM dw_parts($1) p, LATERAL (VALUES (p.c -> 0), (p.c -> -1)) v(e)
       WHERE p.t = 2 GROUP BY 1, 2 HAVING count(*) % 2 = 1$$;

-- Where the segments of two shapes meet: crossings, and the ends of what they share.
CREATE FUNCTION pg_catalog.dw_meetings(ax numeric, ay numeric, bx numeric, by numeric, shape jsonb) RETURNS TABLE (x numeric, y numeric) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT $1 + ($3 - $1) * u / d, $2 + ($4 - $2) * u / d FROM (
        SELECT ($3 - $1) * (s.by - s.ay) - ($4 - $2) * (s.bx - s.ax) AS d,
               (s.ax - $1) * (s.by - s.ay) - (s.ay - $2) * (s.bx - s.ax) AS u,
               (s.ax - $1) * ($4 - $2) - (s.ay - $2) * ($3 - $1) AS v FROM dw_segments($5) s) c
     WHERE d <> 0 AND u / d BETWEEN 0 AND 1 AND v / d BETWEEN 0 AND 1
    UNION SELECT e.x, e.y FROM dw_segments($5) s, LATERAL (VALUES (s.ax, s.ay), (s.bx, s.by)) e(x, y) WHERE dw_on_segment(e.x, e.y, $1, $2, $3, $4)
    UNION SELECT e.x, e.y FROM (VALUES ($1, $2), ($3, $4)) e(x, y) WHERE EXISTS (SELECT FROM dw_segments($5) s WHERE dw_on_segment(e.x, e.y, s.ax, s.ay, s.bx, s.by))
$$;
-- The middles of the pieces into which the segments of one shape fall where another meets them.
CREATE FUNCTION pg_catalog.dw_middles(shape jsonb, kinds integer[], other jsonb) RETURNS TABLE (x numeric, y numeric) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (c.x + c.nx) / 2, (c.y + c.ny) / 2 FROM (
        SELECT p.x, p.y, lead(p.x) OVER w AS nx, lead(p.y) OVER w AS ny
          FROM (SELECT row_number() OVER () AS id, s.* FROM dw_segments($1, $2) s) s,
               LATERAL (SELECT s.ax AS x, s.ay AS y UNION SELECT s.bx, s.by UNION SELECT m.x, m.y FROM dw_meetings(s.ax, s.ay, s.bx, s.by, $3) m) p
        WINDOW w AS (PARTITION BY s.id ORDER BY (p.x - s.ax) * (s.bx - s.ax) + (p.y - s.ay) * (s.by - s.ay))) c
     WHERE c.nx IS NOT NULL$$;
CREATE FUNCTION pg_catalog.dw_vertices(shape jsonb, kind integer) RETURNS TABLE (x numeric, y numeric) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT CAST(c -> 0 AS numeric), CAST(c -> 1 AS numeric) FROM dw_parts($1) WHERE t = $2 AND $2 = 1
      UNION ALL SELECT ax, ay FROM dw_segments($1, ARRAY[$2]) UNION ALL SELECT bx, by FROM dw_segments($1, ARRAY[$2])$$;

-- --- relations ---------------------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_meet(a jsonb, b jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN EXISTS (SELECT FROM dw_points($1) p WHERE dw_lies_on(CAST(p -> 0 AS numeric), CAST(p -> 1 AS numeric), $2))
        OR EXISTS (SELECT FROM dw_points($2) p WHERE dw_lies_on(CAST(p -> 0 AS numeric), CAST(p -> 1 AS numeric), $1))
        OR EXISTS (SELECT FROM dw_segments($1) s, LATERAL dw_meetings(s.ax, s.ay, s.bx, s.by, $2) m);
CREATE FUNCTION pg_catalog.dw_covers(a jsonb, b jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN NOT dw_empty($1) AND NOT dw_empty($2)
        AND NOT EXISTS (SELECT FROM dw_points($2) p WHERE NOT dw_lies_on(CAST(p -> 0 AS numeric), CAST(p -> 1 AS numeric), $1))
        AND NOT EXISTS (SELECT FROM dw_middles($2, ARRAY[2], $1) m WHERE NOT dw_lies_on(m.x, m.y, $1))
        AND NOT EXISTS (SELECT FROM dw_middles($2, ARRAY[3], $1) m WHERE dw_in_polygons(m.x, m.y, $1) < 0)
        -- What is outside of a polygon begins at its rings: none may run inside of what is covered.
        AND NOT EXISTS (SELECT FROM dw_middles($1, ARRAY[3], $2) m WHERE dw_in_polygons(m.x, m.y, $2) > 0);
-- Segments that cross between their ends.
CREATE FUNCTION pg_catalog.dw_crosses_at(ax numeric, ay numeric, bx numeric, by numeric, cx numeric, cy numeric, dx numeric, dy numeric) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN sign(($3 - $1) * ($6 - $2) - ($4 - $2) * ($5 - $1)) * sign(($3 - $1) * ($8 - $2) - ($4 - $2) * ($7 - $1)) < 0
       AND sign(($7 - $5) * ($2 - $6) - ($8 - $6) * ($1 - $5)) * sign(($7 - $5) * ($4 - $6) - ($8 - $6) * ($3 - $5)) < 0;
-- Whether the interiors of two shapes have a point in common.
CREATE FUNCTION pg_catalog.dw_inside(x numeric, y numeric, shape jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dw_in_polygons($1, $2, $3) > 0
        OR (EXISTS (SELECT FROM dw_segments($3, ARRAY[2]) WHERE dw_on_segment($1, $2, ax, ay, bx, by)) AND NOT EXISTS (SELECT FROM dw_ends($3) e WHERE e.x = $1 AND e.y = $2))
        OR EXISTS (SELECT FROM dw_parts($3) WHERE t = 1 AND CAST(c -> 0 AS numeric) = $1 AND CAST(c -> 1 AS numeric) = $2);
CREATE FUNCTION pg_catalog.dw_interiors_meet(a jsonb, b jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN EXISTS (SELECT FROM dw_vertices($1, 1) p WHERE dw_inside(p.x, p.y, $2)) OR EXISTS (SELECT FROM dw_vertices($2, 1) p WHERE dw_inside(p.x, p.y, $1))
        OR EXISTS (SELECT FROM dw_middles($1, ARRAY[2], $2) m WHERE dw_inside(m.x, m.y, $2)) OR EXISTS (SELECT FROM dw_middles($2, ARRAY[2], $1) m WHERE dw_inside(m.x, m.y, $1))
        OR EXISTS (SELECT FROM dw_segments($1, ARRAY[2]) s, LATERAL dw_meetings(s.ax, s.ay, s.bx, s.by, $2) m
                    WHERE EXISTS (SELECT FROM dw_segments($2, ARRAY[2]) o WHERE dw_on_segment(m.x, m.y, o.ax, o.ay, o.bx, o.by)
                                  OR (o.bx - o.ax) * (s.by - s.ay) <> (o.by - o.ay) * (s.bx - s.ax) AND dw_crosses_at(s.ax, s.ay, s.bx, s.by, o.ax, o.ay, o.bx, o.by))
                      AND NOT EXISTS (SELECT FROM dw_ends($1) e WHERE e.x = m.x AND e.y = m.y) AND NOT EXISTS (SELECT FROM dw_ends($2) e WHERE e.x = m.x AND e.y = m.y))
        OR EXISTS (SELECT FROM dw_middles($1, ARRAY[3], $2) m WHERE dw_in_polygons(m.x, m.y, $2) > 0) OR EXISTS (SELECT FROM dw_middles($2, ARRAY[3], $1) m WHERE dw_in_polygons(m.x, m.y, $1) > 0)
        -- Polygons whose rings stay out of each other's inside have common ground only when one is the other.
        OR EXISTS (SELECT FROM dw_parts($1) p, dw_parts($2) q WHERE p.t = 3 AND q.t = 3
                    AND dw_covers(jsonb_build_object('t', 3, 'c', p.c), jsonb_build_object('t', 3, 'c', q.c)));
CREATE FUNCTION pg_catalog.dw_shape_for(name text, shape geometry) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF dw_t($2) = 7 THEN PERFORM dw_spatial_error($1 || ': GEOMETRYCOLLECTION is not supported as input'); END IF;
    RETURN dw_g($2);
END$$;
CREATE FUNCTION pg_catalog.dw_related(name text, a geometry, b geometry) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    one CONSTANT jsonb := dw_shape_for(name, a);
    two CONSTANT jsonb := dw_shape_for(name, b);
    dx CONSTANT integer := dw_dimension(one);
    dy CONSTANT integer := dw_dimension(two);
BEGIN
    PERFORM dw_same_srid(a, b);
    CASE name
        WHEN 'ST_Intersects' THEN RETURN dw_meet(one, two);
        WHEN 'ST_Disjoint' THEN RETURN NOT dw_meet(one, two);
        WHEN 'ST_Covers' THEN RETURN dw_covers(one, two);
        WHEN 'ST_Contains' THEN RETURN dw_covers(one, two) AND dw_interiors_meet(one, two);
        WHEN 'ST_ContainsProperly' THEN
            RETURN dw_covers(one, two) AND CASE WHEN dx = 2
                THEN NOT EXISTS (SELECT FROM dw_points(two) p WHERE dw_in_polygons(CAST(p -> 0 AS numeric), CAST(p -> 1 AS numeric), one) = 0)
                 AND NOT EXISTS (SELECT FROM dw_segments(two) s, LATERAL dw_meetings(s.ax, s.ay, s.bx, s.by, one) m)
                ELSE NOT EXISTS (SELECT FROM dw_ends(one) e WHERE dw_lies_on(e.x, e.y, two)) END;
        WHEN 'ST_Equals' THEN RETURN (dw_empty(one) AND dw_empty(two)) OR (dw_covers(one, two) AND dw_covers(two, one));
        WHEN 'ST_Touches' THEN RETURN dw_meet(one, two) AND NOT dw_interiors_meet(one, two);
        WHEN 'ST_Crosses' THEN
            IF dx = dy AND dx <> 1 THEN RETURN false; END IF;
            IF dx <> dy THEN
                RETURN dw_interiors_meet(one, two) AND NOT CASE WHEN dx > dy THEN dw_covers(one, two) ELSE dw_covers(two, one) END;
            END IF;
            RETURN dw_interiors_meet(one, two) AND NOT EXISTS (SELECT FROM dw_middles(one, ARRAY[2], two) m WHERE dw_lies_on(m.x, m.y, two));
    END CASE;
END$$;
DO $do$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['ST_Intersects', 'ST_Disjoint', 'ST_Covers', 'ST_Contains', 'ST_ContainsProperly', 'ST_Equals', 'ST_Touches', 'ST_Crosses'] LOOP
        EXECUTE format($$CREATE OR REPLACE FUNCTION pg_catalog.%I(geometry, geometry) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_related(%L, $1, $2)$$, lower(name), name);
    END LOOP;
END$do$;
CREATE FUNCTION pg_catalog.st_within(geometry, geometry) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_related('ST_Contains', $2, $1);
CREATE FUNCTION pg_catalog.st_coveredby(geometry, geometry) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_related('ST_Covers', $2, $1);

-- --- distance ----------------------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_to_segment(x double precision, y double precision, ax double precision, ay double precision, bx double precision, by double precision)
    RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT sqrt(($1 - ($3 + t * ($5 - $3))) ^ 2 + ($2 - ($4 + t * ($6 - $4))) ^ 2) FROM (
        SELECT CASE WHEN $3 = $5 AND $4 = $6 THEN CAST(0 AS double precision)
                    ELSE greatest(0, least(1, (($1 - $3) * ($5 - $3) + ($2 - $4) * ($6 - $4)) / (($5 - $3) ^ 2 + ($6 - $4) ^ 2))) END AS t) s);
CREATE FUNCTION pg_catalog.dw_gap(a jsonb, b jsonb) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT least(
        (SELECT min(sqrt((CAST(p -> 0 AS double precision) - CAST(q -> 0 AS double precision)) ^ 2 + (CAST(p -> 1 AS double precision) - CAST(q -> 1 AS double precision)) ^ 2))
           FROM dw_points($1) p, dw_points($2) q),
        (SELECT min(dw_to_segment(CAST(p -> 0 AS double precision), CAST(p -> 1 AS double precision), ax, ay, bx, by)) FROM dw_points($1) p, dw_segments($2) s),
        (SELECT min(dw_to_segment(CAST(p -> 0 AS double precision), CAST(p -> 1 AS double precision), ax, ay, bx, by)) FROM dw_points($2) p, dw_segments($1) s)));
CREATE FUNCTION pg_catalog.st_distance(geometry, geometry) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    PERFORM dw_same_srid($1, $2);
    RETURN CASE WHEN dw_empty(dw_g($1)) OR dw_empty(dw_g($2)) THEN NULL WHEN dw_meet(dw_g($1), dw_g($2)) THEN 0 ELSE dw_gap(dw_g($1), dw_g($2)) END;
END$$;
CREATE FUNCTION pg_catalog.st_dwithin(geometry, geometry, double precision) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF $3 < 0 THEN PERFORM dw_spatial_error('the threshold must not be negative'); END IF;
    RETURN coalesce(st_distance($1, $2) <= $3, false);
END$$;

-- --- derived shapes ------------------------------------------------------------------------------------------------------------------
-- The centre of what has the highest dimension: of areas, else of lines, else of points.
CREATE FUNCTION pg_catalog.st_centroid(geometry) RETURNS geometry LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    g CONSTANT jsonb := dw_g($1);
    w double precision; x double precision; y double precision;
BEGIN
    SELECT sum(k * a), sum(k * mx), sum(k * my) INTO w, x, y FROM (
        SELECT CASE WHEN (n = 1) = (r.a > 0) THEN 1 ELSE -1 END AS k, r.a, r.mx, r.my
          FROM dw_parts(g) p, LATERAL jsonb_array_elements(p.c) WITH ORDINALITY u(ring, n),
               LATERAL (SELECT CAST(sum(ax * by - bx * ay) AS double precision) / 2 AS a, CAST(sum((ax + bx) * (ax * by - bx * ay)) AS double precision) / 6 AS mx,
                               CAST(sum((ay + by) * (ax * by - bx * ay)) AS double precision) / 6 AS my FROM dw_path(u.ring)) r WHERE p.t = 3) s;
    IF coalesce(w, 0) = 0 THEN
        SELECT sum(l), sum(l * (ax + bx) / 2), sum(l * (ay + by) / 2) INTO w, x, y
          FROM (SELECT sqrt(CAST(bx - ax AS double precision) ^ 2 + CAST(by - ay AS double precision) ^ 2) AS l, CAST(ax AS double precision) AS ax, CAST(ay AS double precision) AS ay,
                       CAST(bx AS double precision) AS bx, CAST(by AS double precision) AS by FROM dw_segments(g)) s;
    END IF;
    IF coalesce(w, 0) = 0 THEN
        SELECT count(*), sum(CAST(p -> 0 AS double precision)), sum(CAST(p -> 1 AS double precision)) INTO w, x, y FROM dw_points(g) p;
    END IF;
    RETURN dw_geom(dw_shape(1, st_srid($1), false, false, CASE WHEN w = 0 THEN '[]' ELSE dw_numbers(x / w, y / w) END));
END$$;
-- A point on a line at a share of its length.
CREATE FUNCTION pg_catalog.st_lineinterpolatepoint(geometry, double precision) RETURNS geometry LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    line CONSTANT jsonb := dw_line($1);
    rest double precision := dw_extent(line, ARRAY[2]) * $2;
    a jsonb; b jsonb;
    part double precision;
BEGIN
    IF $2 NOT BETWEEN 0 AND 1 THEN PERFORM dw_spatial_error('the fraction must be between 0 and 1'); END IF;
    IF dw_empty(line) THEN RETURN dw_geom(dw_reshaped(line, 1, '[]')); END IF;
    FOR i IN 0..jsonb_array_length(line -> 'c') - 2 LOOP
        a := line -> 'c' -> i; b := line -> 'c' -> i + 1;
        part := sqrt((CAST(b -> 0 AS double precision) - CAST(a -> 0 AS double precision)) ^ 2 + (CAST(b -> 1 AS double precision) - CAST(a -> 1 AS double precision)) ^ 2);
        IF part > 0 AND rest <= part THEN
            RETURN dw_geom(dw_reshaped(line, 1, (SELECT jsonb_agg(CAST(v AS double precision) + (CAST(b -> CAST(n - 1 AS integer) AS double precision) - CAST(v AS double precision)) * rest / part ORDER BY n)
                                                   FROM jsonb_array_elements(a) WITH ORDINALITY u(v, n))));
        END IF;
        rest := rest - part;
    END LOOP;
    RETURN dw_geom(dw_reshaped(line, 1, line -> 'c' -> -1));
END$$;
-- Douglas and Peucker: keep the farthest point while it is farther than the tolerance.
CREATE FUNCTION pg_catalog.dw_simplified(path jsonb, tolerance double precision) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    last CONSTANT integer := jsonb_array_length(path) - 1;
    far integer; gap double precision;
BEGIN
    IF last < 2 THEN RETURN path; END IF;
    SELECT n - 1, dw_to_segment(CAST(p -> 0 AS double precision), CAST(p -> 1 AS double precision), CAST(path -> 0 -> 0 AS double precision), CAST(path -> 0 -> 1 AS double precision),
                                CAST(path -> -1 -> 0 AS double precision), CAST(path -> -1 -> 1 AS double precision)) AS d INTO far, gap
      FROM jsonb_array_elements(path) WITH ORDINALITY u(p, n) WHERE n BETWEEN 2 AND last ORDER BY d DESC, n LIMIT 1;
    IF gap <= tolerance THEN RETURN jsonb_build_array(path -> 0, path -> -1); END IF;
    RETURN dw_simplified(jsonb_path_query_array(path, '$[0 to $n]', jsonb_build_object('n', far)), tolerance)
        || (dw_simplified(jsonb_path_query_array(path, '$[$n to last]', jsonb_build_object('n', far)), tolerance) - 0);
END$$;
CREATE FUNCTION pg_catalog.st_simplify(geometry, double precision) RETURNS geometry LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    kind CONSTANT integer := dw_t($1);
BEGIN
    IF $2 < 0 THEN PERFORM dw_spatial_error('the tolerance must not be negative'); END IF;
    IF kind IN (1, 4) OR dw_empty(dw_g($1)) THEN RETURN $1; END IF;
    IF kind = 2 THEN RETURN dw_geom(dw_reshaped(dw_g($1), 2, dw_simplified(dw_g($1) -> 'c', $2))); END IF;
    IF kind = 5 THEN
        RETURN dw_geom(dw_reshaped(dw_g($1), 5, (SELECT jsonb_agg(dw_simplified(v, $2) ORDER BY n) FROM jsonb_array_elements(dw_g($1) -> 'c') WITH ORDINALITY u(v, n))));
    END IF;
    RAISE EXCEPTION 'ST_Simplify of a % is not supported by this emulator', dw_kind_name(kind) USING ERRCODE = '0A000';
END$$;

-- --- tests of one shape ----------------------------------------------------------------------------------------------------------------
-- Whether a line meets itself other than where one segment follows another or the end closes it.
CREATE FUNCTION pg_catalog.dw_simple_line(path jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN NOT EXISTS (SELECT FROM (SELECT row_number() OVER () AS id, count(*) OVER () AS size, s.* FROM dw_path($1) s WHERE (ax, ay) <> (bx, by)) a,
        (SELECT row_number() OVER () AS id, s.* FROM dw_path($1) s WHERE (ax, ay) <> (bx, by)) b,
        LATERAL dw_meetings(a.ax, a.ay, a.bx, a.by, jsonb_build_object('t', 2, 'c', jsonb_build_array(jsonb_build_array(b.ax, b.ay), jsonb_build_array(b.bx, b.by)))) m
        WHERE a.id < b.id AND NOT (b.id = a.id + 1 AND m.x = a.bx AND m.y = a.by) AND NOT (a.id = 1 AND b.id = a.size AND m.x = a.ax AND m.y = a.ay AND m.x = b.bx AND m.y = b.by));
CREATE FUNCTION pg_catalog.st_issimple(geometry) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    g CONSTANT jsonb := dw_g($1);
BEGIN
    CASE
        WHEN dw_t($1) IN (1, 3, 6) OR dw_empty(g) THEN RETURN true;
        WHEN dw_t($1) = 2 THEN RETURN dw_simple_line(g -> 'c');
        WHEN dw_t($1) = 4 THEN RETURN (SELECT count(*) = count(DISTINCT p) FROM dw_points(g) p);
        ELSE RAISE EXCEPTION 'ST_IsSimple of a % is not supported by this emulator', dw_kind_name(dw_t($1)) USING ERRCODE = '0A000';
    END CASE;
END$$;
CREATE FUNCTION pg_catalog.st_isring(geometry) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN jsonb_typeof(dw_line($1)) = 'object' THEN dw_closed(dw_g($1)) AND dw_simple_line(dw_g($1) -> 'c') END;
CREATE FUNCTION pg_catalog.dw_turns(shape jsonb, outer_sign integer) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT coalesce(bool_and(sign(dw_ring_area(r)) = CASE WHEN n = 1 THEN $2 ELSE -$2 END), true) FROM dw_parts($1) p, LATERAL jsonb_array_elements(p.c) WITH ORDINALITY u(r, n) WHERE p.t = 3);
CREATE FUNCTION pg_catalog.st_ispolygonccw(geometry) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_turns(dw_g($1), 1);
CREATE FUNCTION pg_catalog.st_ispolygoncw(geometry) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN dw_turns(dw_g($1), -1);
CREATE FUNCTION pg_catalog.st_lengthsphere(geometry) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT coalesce(sum(st_distancesphere(st_point(ax, ay), st_point(bx, by))), 0) FROM dw_segments(dw_g($1), ARRAY[2]));
-- Only what needs no projection.
CREATE FUNCTION pg_catalog.dw_no_projection(integer, integer) RETURNS geometry LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS
    $$BEGIN RAISE EXCEPTION 'ST_Transform from % to % is not supported by this emulator', $1, $2 USING ERRCODE = '0A000'; END$$;
CREATE FUNCTION pg_catalog.st_transform(geometry, integer) RETURNS geometry LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
    RETURN CASE WHEN st_isempty($1) OR st_srid($1) = $2 THEN st_setsrid($1, $2) ELSE dw_no_projection(st_srid($1), $2) END;
