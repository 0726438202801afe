-- Dynamic data masking; see commands/masking.py and docs/adr/ on why a view stands in front of the table.
-- A relation with policies is moved aside (pg_catalog.dw_masked_OID) and a view of its name takes its place. So whatever
-- reads it, views, procedures and statements that were prepared before included, reads what the policies leave.
CREATE TABLE pg_catalog.dw_mask_policies (
    id serial PRIMARY KEY,
    name text NOT NULL UNIQUE,
    -- [{"colname": …, "type": …}, …] and [{"expr": …, "type": …}, …] as SVV_MASKING_POLICY shows them.
    inputs json NOT NULL,
    outputs json NOT NULL,
    modified_by text NOT NULL,
    modified timestamp NOT NULL DEFAULT CAST(clock_timestamp() AS timestamp)
);
CREATE TABLE pg_catalog.dw_mask_attachments (
    id serial PRIMARY KEY,
    policy integer NOT NULL REFERENCES pg_catalog.dw_mask_policies (id),
    storage oid NOT NULL,
    outputs smallint[] NOT NULL,
    inputs smallint[] NOT NULL,
    -- A role of PostgreSQL; 0 is PUBLIC.
    grantee oid NOT NULL,
    priority integer NOT NULL,
    grantor text NOT NULL
);
-- The view that bears the name, and the relation that has the rows.
CREATE TABLE pg_catalog.dw_masked (
    view oid PRIMARY KEY,
    storage oid NOT NULL UNIQUE,
    sequences json NOT NULL
);
CREATE TABLE pg_catalog.dw_mask_log (
    pid integer NOT NULL,
    started timestamp with time zone NOT NULL,
    policy integer NOT NULL,
    storage oid NOT NULL,
    user_id oid NOT NULL,
    transaction_id bigint NOT NULL,
    recorded timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (pid, started, policy, storage)
);
GRANT SELECT ON pg_catalog.dw_masked TO PUBLIC;

CREATE FUNCTION pg_catalog.dw_mask_log_add(policy integer, storage oid, reader oid) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER AS
    'INSERT INTO pg_catalog.dw_mask_log (pid, started, policy, storage, user_id, transaction_id)
     VALUES (pg_backend_pid(), statement_timestamp(), $1, $2, $3, CAST(CAST(pg_current_xact_id() AS text) AS bigint)) ON CONFLICT DO NOTHING';

-- The attachment that masks a column for a user: the one of the highest priority ("Masking policy hierarchy"). Membership is
-- looked up, for pg_has_role() says that a superuser is a member of every role.
CREATE FUNCTION pg_catalog.dw_masking_of(relation oid, attribute smallint, reader name) RETURNS integer LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
    known dw_mask_attachments;
    reader_id CONSTANT oid := (SELECT oid FROM pg_authid WHERE rolname = reader);
BEGIN
    WITH RECURSIVE roles(id) AS (
        SELECT reader_id UNION SELECT m.roleid FROM pg_auth_members m JOIN roles ON m.member = roles.id
    ) SELECT a.* INTO known FROM dw_mask_attachments a
       WHERE a.storage = relation AND attribute = ANY (a.outputs) AND (a.grantee = 0 OR a.grantee IN (SELECT id FROM roles))
       ORDER BY a.priority DESC LIMIT 1;
    IF known.id IS NOT NULL AND current_setting('transaction_read_only') = 'off' AND NOT pg_is_in_recovery() THEN
        PERFORM dw_mask_log_add(known.policy, relation, reader_id);
    END IF;
    RETURN known.id;
END$$;

-- A masked string that is longer than its column is an error: cut, it would be another value.
CREATE FUNCTION pg_catalog.dw_mask_fitting(text, integer) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF octet_length($1) > $2 THEN
        RAISE EXCEPTION 'value too long for type character varying(%)', $2 USING ERRCODE = '22001', DETAIL = 'It comes from a masking policy.';
    END IF;
    RETURN $1;
END$$;

CREATE FUNCTION pg_catalog.dw_mask_policy(policy text) RETURNS dw_mask_policies LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    known dw_mask_policies;
BEGIN
    PERFORM dw_rls_allowed();
    SELECT * INTO known FROM dw_mask_policies p WHERE p.name = policy;
    IF known.id IS NULL THEN
        RAISE EXCEPTION 'masking policy "%" does not exist', policy USING ERRCODE = '42704';
    END IF;
    RETURN known;
END$$;

-- One function for each output column; those that look into tables run with their owner's rights.
CREATE FUNCTION pg_catalog.dw_mask_define(policy integer, inputs json, expressions json) RETURNS json LANGUAGE plpgsql SECURITY DEFINER
    SET allow_system_table_mods = on AS $$
DECLARE
    arguments CONSTANT text := (SELECT string_agg(format('%I %s', i ->> 'colname', i ->> 'base'), ', ') FROM json_array_elements(inputs) i);
    nulls CONSTANT text := (SELECT string_agg(format('CAST(NULL AS %s) AS %I', i ->> 'base', i ->> 'colname'), ', ') FROM json_array_elements(inputs) i);
    entry record;
    result json[] := '{}';
BEGIN
    FOR entry IN SELECT e ->> 'expr' AS shown, e ->> 'body' AS body, n FROM json_array_elements(expressions) WITH ORDINALITY u(e, n) LOOP
        EXECUTE format('CREATE TEMPORARY VIEW dw_mask_probe AS SELECT %s AS value FROM (SELECT %s) inputs', entry.body, nulls);
        result := result || (SELECT json_build_object('expr', entry.shown, 'type', format_type(atttypid, NULL))
                               FROM pg_attribute WHERE attrelid = CAST('pg_temp.dw_mask_probe' AS regclass) AND attnum = 1);
        DROP VIEW pg_temp.dw_mask_probe;
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_catalog.dw_mask_%s_%s(%s) RETURNS %s LANGUAGE sql STABLE %s AS %L', policy, entry.n, arguments,
                       result[entry.n] ->> 'type', CASE WHEN entry.body ~* '\mselect\M' THEN 'SECURITY DEFINER' ELSE '' END, 'SELECT ' || entry.body);
    END LOOP;
    RETURN to_json(result);
END$$;

CREATE FUNCTION pg_catalog.dw_mask_create(policy text, inputs json, expressions json, if_not_exists boolean) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER AS $$
DECLARE
    new integer;
BEGIN
    PERFORM dw_rls_allowed();
    IF EXISTS (SELECT FROM dw_mask_policies p WHERE p.name = policy) THEN
        IF if_not_exists THEN RETURN; END IF;
        RAISE EXCEPTION 'masking policy "%" already exists', policy USING ERRCODE = '42710';
    END IF;
    INSERT INTO dw_mask_policies (name, inputs, outputs, modified_by) VALUES ($1, $2, '[]', session_user) RETURNING id INTO new;
    UPDATE dw_mask_policies SET outputs = dw_mask_define(new, $2, $3) WHERE id = new;
END$$;

CREATE FUNCTION pg_catalog.dw_mask_alter(policy text, expressions json) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    known CONSTANT dw_mask_policies := dw_mask_policy(policy);
    changed json;
BEGIN
    IF EXISTS (SELECT FROM dw_mask_attachments a WHERE a.policy = known.id) AND json_array_length(expressions) <> json_array_length(known.outputs) THEN
        RAISE EXCEPTION 'masking policy "%" is attached to % columns', policy, json_array_length(known.outputs) USING ERRCODE = '42P13';
    END IF;
    changed := dw_mask_define(known.id, known.inputs, expressions);
    UPDATE dw_mask_policies p SET outputs = changed, modified_by = session_user, modified = CAST(clock_timestamp() AS timestamp)
     WHERE p.id = known.id;
EXCEPTION WHEN invalid_function_definition THEN
    RAISE EXCEPTION 'the type of the expression does not match the type of masking policy "%"', policy USING ERRCODE = '42804';
END$$;

CREATE FUNCTION pg_catalog.dw_mask_drop(policy text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET allow_system_table_mods = on AS $$
DECLARE
    known CONSTANT dw_mask_policies := dw_mask_policy(policy);
    routine regprocedure;
BEGIN
    IF EXISTS (SELECT FROM dw_mask_attachments a WHERE a.policy = known.id) THEN
        RAISE EXCEPTION 'cannot drop masking policy "%" because it is attached to a relation', policy
            USING ERRCODE = '2BP01', HINT = 'Use DETACH MASKING POLICY first.';
    END IF;
    FOR routine IN SELECT oid FROM pg_proc WHERE proname ~ ('^dw_mask_' || known.id || '_[0-9]+$') AND pronamespace = 11 LOOP
        EXECUTE format('DROP FUNCTION %s', routine);
    END LOOP;
    DELETE FROM dw_mask_policies WHERE id = known.id;
END$$;

-- Row-level security goes before masking, by who reads; without it the view's owner reads, so that grants on columns are enough.
CREATE FUNCTION pg_catalog.dw_mask_view(relation oid, target text, name text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('CREATE OR REPLACE VIEW %s WITH (security_invoker = %s) AS SELECT %s FROM pg_catalog.dw_masked_%s AS %I',
                  target, relrowsecurity, dw_mask_list(relation), relation, name)
      FROM pg_class WHERE oid = relation$$;

-- Views that read a relation by its number have to be told of the other: their text names it.
CREATE FUNCTION pg_catalog.dw_mask_readers(relation oid) RETURNS json LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    known CONSTANT json := (SELECT coalesce(json_agg(json_build_object('view', format('%I.%I', n.nspname, c.relname), 'kind', c.relkind,
                                                                       'body', rtrim(pg_get_viewdef(c.oid), ';'))), '[]')
        FROM (SELECT DISTINCT r.ev_class FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
               WHERE d.classid = CAST('pg_rewrite' AS regclass) AND d.refclassid = CAST('pg_class' AS regclass)
                 AND d.refobjid = relation AND r.ev_class <> relation) v
        JOIN pg_class c ON c.oid = v.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE NOT EXISTS (SELECT FROM dw_masked m WHERE m.view = c.oid AND m.storage = relation));
BEGIN
    RETURN known;
END$$;

-- Rows of a materialized view are made with the policies of whoever refreshes it.
CREATE FUNCTION pg_catalog.dw_mask_refuse_copies(relation oid) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
    known CONSTANT text := (WITH RECURSIVE readers(id) AS (
        SELECT relation UNION SELECT r.ev_class FROM readers JOIN pg_depend d ON d.refobjid = readers.id
            AND d.refclassid = CAST('pg_class' AS regclass) AND d.classid = CAST('pg_rewrite' AS regclass)
        JOIN pg_rewrite r ON r.oid = d.objid
    ) SELECT relname FROM readers JOIN pg_class ON oid = id WHERE relkind = 'm' AND id <> relation LIMIT 1);
BEGIN
    IF known IS NOT NULL THEN
        RAISE EXCEPTION 'masking policies on a relation that materialized view "%" reads are not supported by the Redshift emulator', known
            USING ERRCODE = '0A000', HINT = 'Attach the policy to the materialized view, or drop it.';
    END IF;
END$$;

CREATE FUNCTION pg_catalog.dw_mask_rename_sequences(relation oid, names json) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    entry record;
BEGIN
    FOR entry IN SELECT key, value FROM json_each_text(names) LOOP
        EXECUTE format('ALTER SEQUENCE %s RENAME TO %I', CAST(CAST(entry.key AS oid) AS regclass), entry.value);
    END LOOP;
END$$;

-- Moves a relation aside and lets a view stand in its place; returns the view.
CREATE FUNCTION pg_catalog.dw_mask_move_comments(origin oid, target oid) RETURNS void LANGUAGE sql SECURITY DEFINER SET allow_system_table_mods = on AS $$
    WITH moved AS (DELETE FROM pg_description WHERE objoid = origin AND classoid = CAST('pg_class' AS regclass) RETURNING *)
    INSERT INTO pg_description
    SELECT target, m.classoid, coalesce(t.attnum, 0), m.description FROM moved m
      LEFT JOIN pg_attribute o ON o.attrelid = origin AND o.attnum = m.objsubid AND m.objsubid > 0
      LEFT JOIN pg_attribute t ON t.attrelid = target AND t.attname = o.attname
     WHERE m.objsubid = 0 OR t.attnum IS NOT NULL
$$;
CREATE FUNCTION pg_catalog.dw_mask_cover(relation oid) RETURNS oid LANGUAGE plpgsql SECURITY DEFINER SET allow_system_table_mods = on AS $$
DECLARE
    target CONSTANT text := (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation);
    name CONSTANT text := (SELECT relname FROM pg_class WHERE oid = relation);
    owner CONSTANT text := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = relation);
    kind CONSTANT text := (SELECT CASE relkind WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END FROM pg_class WHERE oid = relation);
    hidden CONSTANT text := 'dw_masked_' || relation;
    readers CONSTANT json := dw_mask_readers(relation);
    sequences json;
    entry record;
    cover oid;
BEGIN
    SELECT json_object_agg(s.oid, s.relname) INTO sequences FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
     WHERE d.refobjid = relation AND d.refclassid = CAST('pg_class' AS regclass) AND d.deptype IN ('i', 'a');
    PERFORM dw_mask_rename_sequences(relation, (SELECT json_object_agg(key, 'dw_masked_' || key) FROM json_each(sequences)));
    EXECUTE format('ALTER %s %s RENAME TO %I', kind, target, hidden);
    EXECUTE format('ALTER %s %s SET SCHEMA pg_catalog', kind, CAST(relation AS regclass));
    EXECUTE dw_mask_view(relation, target, name);
    cover := CAST(target AS regclass);
    EXECUTE format('ALTER VIEW %s OWNER TO %I', target, owner);
    PERFORM dw_mask_move_comments(relation, cover);
    INSERT INTO dw_masked VALUES (cover, relation, coalesce(sequences, '{}'));
    UPDATE pg_class v SET relacl = s.relacl FROM pg_class s WHERE v.oid = cover AND s.oid = relation;
    UPDATE pg_attribute v SET attacl = s.attacl FROM pg_attribute s
     WHERE v.attrelid = cover AND s.attrelid = relation AND v.attname = s.attname AND v.attnum > 0 AND s.attacl IS NOT NULL;
    IF kind = 'TABLE' THEN
        PERFORM dw_mask_writable(relation, cover, target);
    END IF;
    FOR entry IN SELECT r ->> 'view' AS view, r ->> 'body' AS body FROM json_array_elements(readers) r LOOP
        EXECUTE format('CREATE OR REPLACE VIEW %s AS %s', entry.view, entry.body);
    END LOOP;
    PERFORM dw_rebind_late_views(ARRAY[relation]);
    RETURN cover;
END$$;

-- Rows that go into the view go into the table; columns that are not given have the table's defaults.
CREATE FUNCTION pg_catalog.dw_mask_writable(relation oid, cover oid, target text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    routine CONSTANT text := 'dw_mask_insert_' || relation;
    names CONSTANT text := (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped);
    entry record;
BEGIN
    EXECUTE format('CREATE FUNCTION pg_catalog.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS %L', routine,
                   format('BEGIN INSERT INTO pg_catalog.dw_masked_%s (%s) OVERRIDING SYSTEM VALUE SELECT (NEW).*; RETURN NEW; END', relation, names));
    EXECUTE format('CREATE TRIGGER dw_mask_insert INSTEAD OF INSERT ON %s FOR EACH ROW EXECUTE FUNCTION pg_catalog.%I()', target, routine);
    FOR entry IN SELECT a.attname, CASE WHEN a.attidentity <> '' THEN format('nextval(%L)', pg_get_serial_sequence('pg_catalog.dw_masked_' || relation, a.attname))
                                        ELSE pg_get_expr(d.adbin, d.adrelid) END AS expression
                   FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                  WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND (a.attidentity <> '' OR d.adbin IS NOT NULL) LOOP
        EXECUTE format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', target, entry.attname, entry.expression);
    END LOOP;
END$$;

-- Puts the relation back into its place.
CREATE FUNCTION pg_catalog.dw_mask_uncover(cover oid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET allow_system_table_mods = on AS $$
DECLARE
    entry record;
    known CONSTANT dw_masked := (SELECT m FROM dw_masked m WHERE m.view = cover);
    kind CONSTANT text := (SELECT CASE relkind WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END FROM pg_class WHERE oid = known.storage);
    schema_name CONSTANT name := (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = cover);
    relation_name CONSTANT name := (SELECT relname FROM pg_class WHERE oid = cover);
    readers CONSTANT json := dw_mask_readers(cover);
BEGIN
    DELETE FROM dw_masked WHERE view = cover;
    EXECUTE format('ALTER VIEW %s RENAME TO %I', CAST(cover AS regclass), 'dw_mask_gone_' || cover);
    EXECUTE format('ALTER %s %s SET SCHEMA %I', kind, CAST(known.storage AS regclass), schema_name);
    EXECUTE format('ALTER %s %s RENAME TO %I', kind, CAST(known.storage AS regclass), relation_name);
    PERFORM dw_mask_rename_sequences(known.storage, known.sequences);
    UPDATE pg_class s SET relacl = v.relacl FROM pg_class v WHERE v.oid = cover AND s.oid = known.storage;
    UPDATE pg_attribute s SET attacl = v.attacl FROM pg_attribute v
     WHERE v.attrelid = cover AND s.attrelid = known.storage AND v.attname = s.attname AND s.attnum > 0;
    FOR entry IN SELECT r ->> 'view' AS view, r ->> 'body' AS body FROM json_array_elements(readers) r LOOP
        EXECUTE format('CREATE OR REPLACE VIEW %s AS %s', entry.view, entry.body);
    END LOOP;
    PERFORM dw_rebind_late_views(ARRAY[cover]);
    PERFORM dw_mask_move_comments(cover, known.storage);
    EXECUTE format('DROP VIEW %s', CAST(cover AS regclass));
    EXECUTE format('DROP FUNCTION IF EXISTS pg_catalog.%I()', 'dw_mask_insert_' || known.storage);
END$$;

-- The relation that has the rows: what stands behind a masking view, else the relation of that name itself.
CREATE FUNCTION pg_catalog.dw_storage(name text) RETURNS regclass LANGUAGE sql STABLE
    RETURN coalesce((SELECT CAST(m.storage AS regclass) FROM dw_masked m WHERE m.view = to_regclass($1)), CAST($1 AS regclass));
CREATE FUNCTION pg_catalog.dw_is_masked(name text) RETURNS boolean LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM dw_masked m WHERE m.view = to_regclass($1));

CREATE FUNCTION pg_catalog.dw_mask_maskable(relation oid, name text) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
    what CONSTANT text := (SELECT CASE WHEN n.nspname IN ('pg_catalog', 'information_schema') AND NOT EXISTS (SELECT FROM dw_masked m WHERE m.storage = c.oid) THEN 'system table'
                                       WHEN c.relpersistence = 't' THEN 'temporary table'
                                       WHEN EXISTS (SELECT FROM dw_external_tables e WHERE e.relid = c.oid) THEN 'external table'
                                       WHEN c.relkind NOT IN ('r', 'v', 'm') THEN 'relation of this kind' END
                             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation);
BEGIN
    IF what IS NOT NULL THEN
        RAISE EXCEPTION 'cannot attach a masking policy to % "%"', what, name USING ERRCODE = '42809';
    END IF;
    IF (SELECT relkind FROM pg_class WHERE oid = relation) = 'm' OR EXISTS (SELECT FROM dw_late_views l JOIN pg_class c ON c.relname = l.view_name
            JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = l.view_schema WHERE c.oid = relation) THEN
        RAISE EXCEPTION 'masking policies on materialized and late-binding views are not supported by the Redshift emulator'
            USING ERRCODE = '0A000', HINT = 'Attach the policy to the tables that the view reads.';
    END IF;
    PERFORM dw_mask_refuse_copies(relation);
END$$;

CREATE FUNCTION pg_catalog.dw_mask_columns(relation oid, shown text, names text[]) RETURNS smallint[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    result smallint[] := '{}';
    number smallint;
    column_name text;
BEGIN
    FOREACH column_name IN ARRAY names LOOP
        SELECT attnum INTO number FROM pg_attribute WHERE attrelid = relation AND attname = column_name AND attnum > 0 AND NOT attisdropped;
        IF number IS NULL THEN
            RAISE EXCEPTION 'column "%" of relation "%" does not exist', column_name, shown USING ERRCODE = '42703';
        END IF;
        result := result || number;
    END LOOP;
    RETURN result;
END$$;

-- Strings of any length are one type here, as the doc's VARCHAR(256) policies on shorter columns show.
CREATE FUNCTION pg_catalog.dw_mask_check_types(relation oid, numbers smallint[], types text[], role text) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
    wrong record;
BEGIN
    IF cardinality(numbers) <> cardinality(types) THEN
        RAISE EXCEPTION 'the masking policy has % % columns, % were given', cardinality(types), role, cardinality(numbers) USING ERRCODE = '42601';
    END IF;
    SELECT a.attname, format_type(a.atttypid, NULL) AS has, t.type AS wants INTO wrong
      FROM unnest(numbers, types) t(number, type) JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = number
     WHERE CASE WHEN a.atttypid IN (25, 1042, 1043) THEN 25 ELSE a.atttypid END
        <> CASE WHEN CAST(t.type AS regtype) IN ('text', 'bpchar', 'varchar') THEN 25 ELSE CAST(CAST(t.type AS regtype) AS oid) END LIMIT 1;
    IF wrong.attname IS NOT NULL THEN
        RAISE EXCEPTION 'column "%" is of type %, the % of the masking policy is of type %', wrong.attname, wrong.has, role, wrong.wants
            USING ERRCODE = '42804';
    END IF;
END$$;

CREATE FUNCTION pg_catalog.dw_mask_grantee(kind text, name text) RETURNS oid LANGUAGE plpgsql STABLE AS $$
DECLARE
    known oid;
BEGIN
    IF kind = 'public' THEN RETURN 0; END IF;
    SELECT oid INTO known FROM pg_roles WHERE rolname = name AND rolcanlogin = (kind = 'user');
    IF known IS NULL THEN
        RAISE EXCEPTION '% "%" does not exist', kind, name USING ERRCODE = '42704';
    END IF;
    RETURN known;
END$$;

-- Brings the view of a relation in line with its attachments: makes it, changes it or takes it away.
CREATE FUNCTION pg_catalog.dw_mask_sync(relation oid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET allow_system_table_mods = on AS $$
DECLARE
    cover CONSTANT oid := (SELECT view FROM dw_masked WHERE storage = relation);
    attached CONSTANT boolean := EXISTS (SELECT FROM dw_mask_attachments WHERE storage = relation);
    before CONSTANT text := coalesce(current_setting('dw.in_ddl', true), '');
    entry record;
BEGIN
    PERFORM set_config('dw.in_ddl', 'on', true);
    IF cover IS NULL AND attached THEN
        PERFORM dw_mask_cover(relation);
    ELSIF attached THEN
        EXECUTE dw_mask_view(relation, CAST(CAST(cover AS regclass) AS text), (SELECT relname FROM pg_class WHERE oid = cover));
    ELSIF cover IS NOT NULL THEN
        PERFORM dw_mask_uncover(cover);
    END IF;
    -- Frequent values of a column are values of it.
    DELETE FROM pg_statistic s USING dw_mask_attachments a WHERE a.storage = relation AND s.starelid = relation AND s.staattnum = ANY (a.outputs);
    FOR entry IN SELECT a.attname, EXISTS (SELECT FROM dw_mask_attachments m WHERE m.storage = relation AND a.attnum = ANY (m.outputs)) AS hidden
                   FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
                  WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', CAST(relation AS regclass), entry.attname, CASE WHEN entry.hidden THEN 0 ELSE -1 END);
    END LOOP;
    PERFORM set_config('dw.in_ddl', before, true);
END$$;

-- For ALTER TABLE: the table comes into its place, is altered there, and is covered again.
CREATE FUNCTION pg_catalog.dw_mask_open(name text) RETURNS oid LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    known CONSTANT dw_masked := (SELECT m FROM dw_masked m WHERE m.view = to_regclass(name));
BEGIN
    IF known.view IS NULL THEN RETURN NULL; END IF;
    PERFORM set_config('dw.in_ddl', 'on', true);
    PERFORM dw_mask_uncover(known.view);
    PERFORM set_config('dw.in_ddl', '', true);
    RETURN known.storage;
END$$;
CREATE FUNCTION pg_catalog.dw_mask_close(relation oid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    entry record;
BEGIN
    FOR entry IN SELECT a.*, p.inputs AS policy_inputs, p.outputs AS policy_outputs FROM dw_mask_attachments a JOIN dw_mask_policies p ON p.id = a.policy
                  WHERE a.storage = relation LOOP
        IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation AND attnum = ANY (entry.outputs || entry.inputs) AND attisdropped) THEN
            RAISE EXCEPTION 'cannot drop a column that a masking policy is attached to or reads' USING ERRCODE = '2BP01', HINT = 'Use DETACH MASKING POLICY first.';
        END IF;
        PERFORM dw_mask_check(relation, entry.inputs, entry.input_paths, ARRAY(SELECT i ->> 'base' FROM json_array_elements(entry.policy_inputs) i), 'input');
        PERFORM dw_mask_check(relation, entry.outputs, entry.output_paths, ARRAY(SELECT o ->> 'type' FROM json_array_elements(entry.policy_outputs) o), 'output');
    END LOOP;
    PERFORM dw_mask_sync(relation);
END$$;

-- What would put something else into the place of a masking view, or copy what it shows, is refused; grants go to the table too.
CREATE FUNCTION pg_catalog.dw_mask_guard() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET allow_system_table_mods = on AS $$
DECLARE
    entry record;
BEGIN
    IF current_setting('dw.in_ddl', true) = 'on' OR NOT EXISTS (SELECT FROM dw_masked) THEN RETURN; END IF;
    IF tg_tag IN ('GRANT', 'REVOKE') THEN
        UPDATE pg_class s SET relacl = v.relacl FROM dw_masked m JOIN pg_class v ON v.oid = m.view WHERE s.oid = m.storage AND s.relacl IS DISTINCT FROM v.relacl;
        UPDATE pg_attribute s SET attacl = v.attacl FROM dw_masked m JOIN pg_attribute v ON v.attrelid = m.view
         WHERE s.attrelid = m.storage AND s.attname = v.attname AND s.attnum > 0 AND s.attacl IS DISTINCT FROM v.attacl;
        RETURN;
    END IF;
    FOR entry IN SELECT c.objid FROM pg_event_trigger_ddl_commands() c JOIN dw_masked m ON c.objid IN (m.view, m.storage)
                  WHERE c.classid = CAST('pg_class' AS regclass) LOOP
        RAISE EXCEPTION '% of "%", which masking policies are attached to, is not supported by the Redshift emulator', tg_tag, CAST(entry.objid AS regclass)
            USING ERRCODE = '0A000', HINT = 'Use DETACH MASKING POLICY first.';
    END LOOP;
    IF tg_tag = 'CREATE MATERIALIZED VIEW' THEN
        PERFORM dw_mask_refuse_copies(view) FROM dw_masked;
    END IF;
END$$;

CREATE FUNCTION pg_catalog.dw_mask_dropped() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET allow_system_table_mods = on AS $$
DECLARE
    entry record;
BEGIN
    IF current_setting('dw.in_ddl', true) = 'on' THEN RETURN; END IF;
    FOR entry IN SELECT m.storage, c.relkind FROM dw_masked m JOIN pg_class c ON c.oid = m.storage
                  WHERE m.view IN (SELECT objid FROM pg_event_trigger_dropped_objects() WHERE object_type = 'view') LOOP
        DELETE FROM dw_masked WHERE storage = entry.storage;
        DELETE FROM dw_mask_attachments WHERE storage = entry.storage;
        EXECUTE format('DROP %s %s', CASE entry.relkind WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END, CAST(entry.storage AS regclass));
        EXECUTE format('DROP FUNCTION IF EXISTS pg_catalog.%I()', 'dw_mask_insert_' || entry.storage);
    END LOOP;
END$$;

-- The views that stand for tables; listings show the tables.
CREATE VIEW pg_catalog.dw_covers AS
SELECT m.view, m.storage, n.nspname, v.relname FROM pg_catalog.dw_masked m JOIN pg_class s ON s.oid = m.storage AND s.relkind = 'r'
JOIN pg_class v ON v.oid = m.view JOIN pg_namespace n ON n.oid = v.relnamespace;
GRANT SELECT ON pg_catalog.dw_covers TO PUBLIC;
