-- "Using dynamic data masking with SUPER data type paths": policies on scalars within a SUPER column. A path is a JSON array of
-- names, '' the whole column; output_paths and input_paths go with outputs and inputs, and are empty where there are no paths.
ALTER TABLE pg_catalog.dw_mask_attachments ADD COLUMN IF NOT EXISTS output_paths text[] NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS input_paths text[] NOT NULL DEFAULT '{}';
DROP FUNCTION IF EXISTS pg_catalog.dw_mask_attach(text, text, text[], text[], text, text, integer);
DROP FUNCTION IF EXISTS pg_catalog.dw_mask_detach(text, text, text[], text, text);

CREATE FUNCTION pg_catalog.dw_path_names(path text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $1 = '' THEN CAST('{}' AS text[]) ELSE ARRAY(SELECT json_array_elements_text(CAST($1 AS json))) END;
-- A column with a path as SVV_ATTACHED_MASKING_POLICY shows it: col."a"."b".
CREATE FUNCTION pg_catalog.dw_path_shown(name text, path text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN $1 || coalesce((SELECT string_agg('."' || n || '"', '' ORDER BY i) FROM unnest(dw_path_names($2)) WITH ORDINALITY u(n, i)), '');
CREATE FUNCTION pg_catalog.dw_mask_shown(relation oid, numbers smallint[], paths text[]) RETURNS json LANGUAGE sql STABLE
    RETURN (SELECT json_agg(dw_path_shown(attname, coalesce(paths[n], '')) ORDER BY n)
              FROM unnest(numbers) WITH ORDINALITY u(number, n) JOIN pg_attribute ON attrelid = relation AND attnum = number);

-- As dw_masking_of, for a path.
CREATE FUNCTION pg_catalog.dw_masking_at(relation oid, attribute smallint, path text, reader name) RETURNS integer LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
    known dw_mask_attachments;
    reader_id CONSTANT oid := (SELECT oid FROM pg_authid WHERE rolname = reader);
BEGIN
    WITH RECURSIVE roles(id) AS (
        SELECT reader_id UNION SELECT m.roleid FROM pg_auth_members m JOIN roles ON m.member = roles.id
    ) SELECT a.* INTO known FROM dw_mask_attachments a
       WHERE a.storage = relation AND (a.grantee = 0 OR a.grantee IN (SELECT id FROM roles))
         AND EXISTS (SELECT FROM unnest(a.outputs, a.output_paths) o(number, place) WHERE o.number = attribute AND o.place = path)
       ORDER BY a.priority DESC LIMIT 1;
    IF known.id IS NOT NULL AND current_setting('transaction_read_only') = 'off' AND NOT pg_is_in_recovery() THEN
        PERFORM dw_mask_log_add(known.policy, relation, reader_id);
    END IF;
    RETURN known.id;
END$$;

-- What is at a path, NULL where there is nothing.
CREATE FUNCTION pg_catalog.dw_mask_at(super, path text) RETURNS super LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dw_not_null(CAST($1 AS json) #> dw_path_names($2));
-- The value with the masked one at a path; without one as it is.
CREATE FUNCTION pg_catalog.dw_mask_put(value super, path text, masked text) RETURNS super LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    names CONSTANT text[] := dw_path_names(path);
    part json := CAST(value AS json);
BEGIN
    IF masked IS NULL OR value IS NULL THEN RETURN value; END IF;
    FOR i IN 1..cardinality(names) LOOP
        IF json_typeof(part) NOT IN ('object', 'null') THEN
            RAISE EXCEPTION 'a masking policy on path % of a SUPER value that is no object on the way is not supported by the Redshift emulator', path USING ERRCODE = '0A000';
        END IF;
        part := part -> names[i];
    END LOOP;
    RETURN CAST(dw_put(CAST(value AS json), names, masked) AS super);
END$$;

-- An argument of a policy's function: a column, or what is at a path of it as the type that the policy takes.
CREATE FUNCTION pg_catalog.dw_mask_argument(name text, path text, type text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN $2 = '' THEN quote_ident($1)
                ELSE format(CASE WHEN CAST($3 AS regtype) = CAST('bpchar' AS regtype) THEN 'CAST(CAST(pg_catalog.dw_mask_at(%I, %L) AS varchar) AS %s)'
                                 ELSE 'CAST(pg_catalog.dw_mask_at(%I, %L) AS %s)' END, $1, $2, $3) END;
CREATE FUNCTION pg_catalog.dw_mask_call(attachment dw_mask_attachments, place bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('pg_catalog.dw_mask_%s_%s(%s)', attachment.policy, place,
                  (SELECT string_agg(dw_mask_argument(c.attname, coalesce(attachment.input_paths[i], ''), (p.inputs -> CAST(i - 1 AS integer)) ->> 'base'), ', ' ORDER BY i)
                     FROM unnest(attachment.inputs) WITH ORDINALITY u(number, i) JOIN pg_attribute c ON c.attrelid = attachment.storage AND c.attnum = u.number
                     JOIN dw_mask_policies p ON p.id = attachment.policy))$$;
-- A SUPER column with what its paths show; NULL: it has none.
CREATE FUNCTION pg_catalog.dw_mask_paths(relation oid, attribute smallint, name text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    result text;
    entry record;
BEGIN
    FOR entry IN SELECT o.place, string_agg(format('WHEN %s THEN pg_catalog.dw_text(pg_catalog.dw_super(%s))', a.id, dw_mask_call(a, o.n)), ' ' ORDER BY a.id) AS choices
                   FROM dw_mask_attachments a CROSS JOIN LATERAL unnest(a.outputs, a.output_paths) WITH ORDINALITY o(number, place, n)
                  WHERE a.storage = relation AND o.number = attribute AND o.place <> '' GROUP BY o.place ORDER BY o.place LOOP
        result := format('pg_catalog.dw_mask_put(%s, %L, CASE (SELECT pg_catalog.dw_masking_at(%s, CAST(%s AS smallint), %L, current_user)) %s END)',
                         coalesce(result, quote_ident(name)), entry.place, relation, attribute, entry.place, entry.choices);
    END LOOP;
    RETURN result;
END$$;

-- The select list of the view that stands for a relation.
CREATE FUNCTION pg_catalog.dw_mask_list(relation oid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(CASE WHEN paths IS NOT NULL THEN format('%s AS %I', paths, attname) WHEN choices IS NULL THEN quote_ident(attname)
               ELSE format('CASE (SELECT pg_catalog.dw_masking_of(%s, CAST(%s AS smallint), current_user)) %s ELSE %I END AS %I',
                           relation, attnum, choices, attname, attname) END, ', ' ORDER BY attnum)
      FROM pg_attribute c CROSS JOIN LATERAL (SELECT dw_mask_paths(relation, c.attnum, c.attname) AS paths) p CROSS JOIN LATERAL (
          SELECT string_agg(format('WHEN %s THEN CAST(%s AS %s)', a.id,
                                   CASE WHEN c.atttypid IN (1042, 1043) AND c.atttypmod > 4 THEN format('pg_catalog.dw_mask_fitting(%s, %s)', called, c.atttypmod - 4) ELSE called END,
                                   format_type(c.atttypid, c.atttypmod)), ' ' ORDER BY a.id) AS choices
            FROM dw_mask_attachments a CROSS JOIN LATERAL (SELECT dw_mask_call(a, array_position(a.outputs, c.attnum)) AS called) f
           WHERE a.storage = relation AND c.attnum = ANY (a.outputs)) m
     WHERE c.attrelid = relation AND c.attnum > 0 AND NOT c.attisdropped$$;

CREATE FUNCTION pg_catalog.dw_mask_check(relation oid, numbers smallint[], paths text[], types text[], role text) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
    wrong record;
BEGIN
    IF cardinality(numbers) = cardinality(types) THEN
        SELECT dw_path_shown(a.attname, u.path) AS shown, format_type(a.atttypid, NULL) AS has, format_type(CAST(u.type AS regtype), NULL) AS type, a.atttypid = 4000 AS is_super INTO wrong
          FROM unnest(numbers, paths, types) u(number, path, type) JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = u.number
         WHERE u.path <> '' AND (a.atttypid <> 4000 OR format_type(CAST(u.type AS regtype), NULL) <> ALL (ARRAY['smallint', 'integer', 'bigint', 'numeric', 'real',
               'double precision', 'boolean', 'text', 'character varying', 'character', 'bpchar', 'super'])) LIMIT 1;
        IF NOT wrong.is_super THEN
            RAISE EXCEPTION 'column of path "%" is of type %, a path is one of a SUPER column', wrong.shown, wrong.has USING ERRCODE = '42804';
        ELSIF wrong.shown IS NOT NULL THEN
            RAISE EXCEPTION 'cannot attach masking policy for % of type "%" to column "%" of type "super"', role, wrong.type, wrong.shown USING ERRCODE = '42804';
        END IF;
        IF '' <> ALL (paths) AND cardinality(paths) > 0 THEN RETURN; END IF;
        PERFORM dw_mask_check_types(relation, ARRAY(SELECT u.number FROM unnest(numbers, paths) WITH ORDINALITY u(number, path, n) WHERE coalesce(u.path, '') = '' ORDER BY n),
                                    ARRAY(SELECT u.type FROM unnest(types, paths) WITH ORDINALITY u(type, path, n) WHERE coalesce(u.path, '') = '' ORDER BY n), role);
    ELSE
        PERFORM dw_mask_check_types(relation, numbers, types, role);
    END IF;
END$$;

-- Another policy on the same path, on one that it contains or on one that contains it.
CREATE FUNCTION pg_catalog.dw_mask_conflict(relation oid, shown text, attribute smallint, path text, priority integer, grantee oid) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
    entry record;
BEGIN
    FOR entry IN SELECT a.priority, a.grantee, p.name AS policy, c.attname, coalesce(o.place, '') AS place FROM dw_mask_attachments a JOIN dw_mask_policies p ON p.id = a.policy
                   CROSS JOIN LATERAL unnest(a.outputs, a.output_paths) o(number, place) JOIN pg_attribute c ON c.attrelid = relation AND c.attnum = o.number
                  WHERE a.storage = relation AND o.number = attribute AND (path <> '' OR coalesce(o.place, '') <> '') ORDER BY a.id DESC LOOP
        CONTINUE WHEN (dw_path_names(entry.place))[1:cardinality(dw_path_names(path))] <> (dw_path_names(path))[1:cardinality(dw_path_names(entry.place))];
        IF entry.priority = $5 THEN
            RAISE EXCEPTION 'DDM policy "%" is already attached on relation "%" column "%" with same priority', entry.policy, shown, dw_path_shown(entry.attname, entry.place)
                USING ERRCODE = '42710';
        ELSIF entry.place <> path THEN
            RAISE EXCEPTION 'masking policies of different priorities on paths of which one contains the other are not supported by the Redshift emulator' USING ERRCODE = '0A000';
        ELSIF entry.grantee = $6 THEN
            RAISE EXCEPTION 'a masking policy is already attached to a column of relation "%" for this user or role', shown USING ERRCODE = '42710';
        END IF;
    END LOOP;
END$$;

CREATE FUNCTION pg_catalog.dw_mask_attach(policy text, name text, outputs text[], output_paths text[], inputs text[], input_paths text[], kind text, grantee text,
                                          priority integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    known CONSTANT dw_mask_policies := dw_mask_policy(policy);
    relation CONSTANT oid := dw_storage(name);
    grantee_id CONSTANT oid := dw_mask_grantee(kind, grantee);
    output_numbers CONSTANT smallint[] := dw_mask_columns(relation, name, outputs);
    input_numbers CONSTANT smallint[] := dw_mask_columns(relation, name, inputs);
    taken text;
BEGIN
    PERFORM dw_mask_maskable(relation, name);
    PERFORM dw_mask_check(relation, output_numbers, $4, ARRAY(SELECT o ->> 'type' FROM json_array_elements(known.outputs) o), 'output');
    PERFORM dw_mask_check(relation, input_numbers, $6, ARRAY(SELECT i ->> 'base' FROM json_array_elements(known.inputs) i), 'input');
    PERFORM dw_mask_conflict(relation, trim(BOTH '"' FROM substring(name FROM '[^.]*$')), o.number, o.path, $9, grantee_id) FROM unnest(output_numbers, $4) o(number, path);
    SELECT CASE WHEN a.grantee = grantee_id THEN format('a masking policy is already attached to a column of relation "%s" for this user or role', name)
                ELSE format('a masking policy with priority %s is already attached to a column of relation "%s"', $9, name) END INTO taken
      FROM dw_mask_attachments a CROSS JOIN LATERAL unnest(a.outputs, a.output_paths) p(number, path) JOIN unnest(output_numbers, $4) o(number, path)
        ON o.number = p.number AND o.path = '' AND coalesce(p.path, '') = ''
     WHERE a.storage = relation AND (a.grantee = grantee_id OR a.priority = $9) LIMIT 1;
    IF taken IS NOT NULL THEN
        RAISE EXCEPTION '%', taken USING ERRCODE = '42710';
    END IF;
    INSERT INTO dw_mask_attachments (policy, storage, outputs, output_paths, inputs, input_paths, grantee, priority, grantor)
        VALUES (known.id, relation, output_numbers, $4, input_numbers, $6, grantee_id, $9, session_user);
    PERFORM dw_mask_sync(relation);
END$$;

CREATE FUNCTION pg_catalog.dw_mask_detach(policy text, name text, outputs text[], output_paths text[], kind text, grantee text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    known CONSTANT dw_mask_policies := dw_mask_policy(policy);
    relation CONSTANT oid := dw_storage(name);
    grantee_id CONSTANT oid := dw_mask_grantee(kind, grantee);
    numbers CONSTANT smallint[] := dw_mask_columns(relation, name, outputs);
    wanted CONSTANT text[] := ARRAY(SELECT o.number || o.path FROM unnest(numbers, $4) o(number, path));
BEGIN
    DELETE FROM dw_mask_attachments a WHERE a.policy = known.id AND a.storage = relation AND a.grantee = grantee_id
        AND ARRAY(SELECT o.number || coalesce(o.path, '') FROM unnest(a.outputs, a.output_paths) o(number, path)) @> wanted
        AND ARRAY(SELECT o.number || coalesce(o.path, '') FROM unnest(a.outputs, a.output_paths) o(number, path)) <@ wanted;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'masking policy "%" is not attached to these columns of relation "%"', policy, name USING ERRCODE = '42704';
    END IF;
    PERFORM dw_mask_sync(relation);
END$$;
