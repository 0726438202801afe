-- "Object functions": OBJECT_TRANSFORM and the case of attribute names.

-- The object with a value at a path, in place if it is there, else at the end.
CREATE FUNCTION pg_catalog.dw_put(object json, path text[], value text) RETURNS json LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    base CONSTANT json := CASE WHEN json_typeof(object) = 'object' THEN object ELSE '{}' END;
    inner_value CONSTANT text := CASE WHEN cardinality(path) = 1 THEN value ELSE CAST(dw_put(base -> path[1], path[2:], value) AS text) END;
    made text;
BEGIN
    SELECT string_agg(CAST(to_json(key) AS text) || ':' || CASE WHEN key = path[1] THEN inner_value ELSE CAST(e.value AS text) END, ',' ORDER BY n) INTO made
      FROM json_each(base) WITH ORDINALITY e(key, value, n);
    IF base -> path[1] IS NULL THEN made := concat_ws(',', made, CAST(to_json(path[1]) AS text) || ':' || inner_value); END IF;
    RETURN CAST('{' || made || '}' AS json);
END$$;
-- Paths are JSON arrays of names; sets is a list of paths, followed by as many values.
CREATE FUNCTION pg_catalog.dw_object_transform(input super, keeps text[], sets text[], contents super[]) RETURNS super LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    made json := '{}';
    path text[];
    kept text;
BEGIN
    IF input IS NULL OR dw_kind(input) <> 'object' OR (cardinality(keeps) = 0 AND cardinality(sets) = 0) THEN RETURN input; END IF;
    FOREACH kept IN ARRAY keeps LOOP
        path := ARRAY(SELECT json_array_elements_text(CAST(kept AS json)));
        IF CAST(input AS json) #> path IS NOT NULL THEN made := dw_put(made, path, CAST(CAST(input AS json) #> path AS text)); END IF;
    END LOOP;
    FOR i IN 1..cardinality(sets) LOOP
        path := ARRAY(SELECT json_array_elements_text(CAST(sets[i] AS json)));
        made := dw_put(made, path, dw_text(contents[i]));
    END LOOP;
    RETURN CAST(made AS super);
END$$;
CREATE FUNCTION pg_catalog.upper_attribute_names(super) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT CASE dw_kind($1)
        WHEN 'object' THEN CAST(CAST('{' || coalesce((SELECT string_agg(CAST(to_json(upper(key)) AS text) || ':' || dw_text(upper_attribute_names(CAST(value AS super))), ',') FROM json_each(CAST($1 AS json))), '') || '}' AS json) AS super)
        WHEN 'array' THEN (SELECT dw_join(coalesce(array_agg(dw_text(upper_attribute_names(i))), '{}')) FROM dw_items($1) i)
        ELSE $1 END$$;
