-- What Redshift knows about tables and PostgreSQL does not, kept beside pg_class and pg_attribute; see commands/attributes.py.
SET LOCAL search_path = pg_catalog;

CREATE TABLE pg_catalog.dw_tables (
    relid oid PRIMARY KEY,
    -- As pg_class.reldiststyle: 0 EVEN, 1 KEY, 8 ALL, 10 AUTO (ALL), 11 AUTO (EVEN), 12 AUTO (KEY).
    diststyle smallint NOT NULL DEFAULT 10,
    sortstyle text NOT NULL DEFAULT 'auto',
    backup boolean NOT NULL DEFAULT true,
    created timestamp NOT NULL DEFAULT CAST(clock_timestamp() AS timestamp)
);
-- Of materialized views: whether AUTO REFRESH is on, and the statement behind the name as it was written.
ALTER TABLE pg_catalog.dw_tables ADD COLUMN IF NOT EXISTS autorefresh boolean NOT NULL DEFAULT false, ADD COLUMN IF NOT EXISTS definition text;
CREATE TABLE pg_catalog.dw_columns (
    relid oid,
    attnum smallint,
    encoding text,
    distkey boolean NOT NULL DEFAULT false,
    -- The position in the sort key, negative in an interleaved one; 0 is none.
    sortkey smallint NOT NULL DEFAULT 0,
    identity text,
    PRIMARY KEY (relid, attnum)
);
GRANT SELECT ON pg_catalog.dw_tables, pg_catalog.dw_columns TO PUBLIC;

CREATE FUNCTION pg_catalog.dw_attributes(text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN true;
CREATE FUNCTION pg_catalog.dw_ctas(text) RETURNS boolean LANGUAGE sql STABLE
    RETURN set_config('dw.ctas', $1, true) IS NOT NULL;
-- VARCHAR(n) counts bytes. Volatile: an immutable function of a constant would be called, and raise, while planning.
CREATE FUNCTION pg_catalog.dw_too_long(integer) RETURNS boolean LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS
    $$BEGIN RAISE EXCEPTION 'value too long for type character varying(%)', $1 USING ERRCODE = '22001'; END$$;

CREATE FUNCTION pg_catalog.dw_attnum(relation oid, name text) RETURNS smallint LANGUAGE plpgsql STABLE AS $$
DECLARE
    result smallint;
BEGIN
    SELECT attnum INTO result FROM pg_attribute
     WHERE attrelid = relation AND NOT attisdropped AND attnum > 0
       AND CASE WHEN name ~ '^[0-9]+$' THEN attnum = CAST(name AS integer) ELSE attname = name END;
    IF result IS NULL THEN
        RAISE EXCEPTION 'column "%" named in key does not exist', name USING ERRCODE = '42703';
    END IF;
    RETURN result;
END$$;

-- A plain index for speed: Redshift has none, so nothing shows it.
CREATE FUNCTION pg_catalog.dw_index(relation oid, columns smallint[]) RETURNS oid LANGUAGE plpgsql AS $$
DECLARE
    found oid;
    name text;
BEGIN
    SELECT indexrelid INTO found FROM pg_index
     WHERE indrelid = relation AND CAST(indkey AS text) = array_to_string(columns, ' ') LIMIT 1;
    IF found IS NOT NULL THEN RETURN found; END IF;
    name := 'dw_index_' || relation || '_' || array_to_string(columns, '_');
    EXECUTE format('CREATE INDEX %I ON %s (%s)', name, CAST(relation AS regclass),
                   (SELECT string_agg(quote_ident(attname), ', ' ORDER BY n) FROM unnest(columns) WITH ORDINALITY u(c, n)
                    JOIN pg_attribute ON attrelid = relation AND attnum = c));
    SELECT c.oid INTO found FROM pg_class c JOIN pg_class t ON t.relnamespace = c.relnamespace
     WHERE t.oid = relation AND c.relname = left(name, 63);
    RETURN found;
END$$;

-- PRIMARY KEY, UNIQUE and FOREIGN KEY are informational: rows of pg_constraint that nothing enforces.
CREATE FUNCTION pg_catalog.dw_constraint(relation oid, entry json) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kind CONSTANT text := entry ->> 'type';
    columns CONSTANT smallint[] := ARRAY(SELECT dw_attnum(relation, c) FROM json_array_elements_text(entry -> 'columns') c);
    relation_name CONSTANT text := (SELECT relname FROM pg_class WHERE oid = relation);
    target oid := 0;
    referenced smallint[];
    name text := entry ->> 'name';
    index oid := 0;
    new oid;
    operators oid[];
BEGIN
    IF kind = 'p' AND EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND contype = 'p') THEN
        RAISE EXCEPTION 'multiple primary keys for table "%" are not allowed', relation_name USING ERRCODE = '42P16';
    END IF;
    IF kind = 'f' THEN
        target := to_regclass((SELECT string_agg(quote_ident(p), '.') FROM json_array_elements_text(entry -> 'table') p));
        IF target IS NULL THEN
            RAISE EXCEPTION 'relation "%" does not exist', (SELECT string_agg(p, '.') FROM json_array_elements_text(entry -> 'table') p)
                USING ERRCODE = '42P01';
        END IF;
        referenced := ARRAY(SELECT dw_attnum(target, c) FROM json_array_elements_text(entry -> 'referenced') c);
        IF referenced = '{}' THEN
            SELECT conkey INTO referenced FROM pg_constraint WHERE conrelid = target AND contype = 'p';
            IF referenced IS NULL THEN
                RAISE EXCEPTION 'there is no primary key for referenced table "%"', CAST(target AS regclass) USING ERRCODE = '42704';
            END IF;
        END IF;
    ELSE
        index := dw_index(relation, columns);
    END IF;
    IF kind = 'p' THEN
        UPDATE pg_attribute SET attnotnull = true WHERE attrelid = relation AND attnum = ANY (columns);
    END IF;
    name := coalesce(name, relation_name || CASE kind WHEN 'p' THEN '_pkey' ELSE
        (SELECT string_agg('_' || attname, '' ORDER BY n) FROM unnest(columns) WITH ORDINALITY u(c, n)
           JOIN pg_attribute ON attrelid = relation AND attnum = c) || CASE kind WHEN 'u' THEN '_key' ELSE '_fkey' END END);
    IF kind = 'f' THEN
        -- The planner reads these for its estimates.
        operators := ARRAY(SELECT coalesce((SELECT o.oid FROM pg_operator o WHERE o.oprname = '=' AND o.oprleft = p.atttypid
                                               AND o.oprright = c.atttypid AND o.oprnamespace = 11), 98)
                             FROM unnest(referenced, columns) WITH ORDINALITY u(r, k, n)
                             JOIN pg_attribute p ON p.attrelid = target AND p.attnum = r
                             JOIN pg_attribute c ON c.attrelid = relation AND c.attnum = k ORDER BY n);
    END IF;
    WHILE EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND conname = left(name, 63)) LOOP
        name := left(regexp_replace(name, '_?[0-9]*$', ''), 60) || coalesce(CAST(substring(name FROM '[0-9]+$') AS integer), 0) + 1;
    END LOOP;
    new := pg_nextoid('pg_constraint', 'oid', 'pg_constraint_oid_index');
    INSERT INTO pg_constraint SELECT (json_populate_record(CAST(NULL AS pg_constraint), json_build_object(
        'oid', new, 'conname', left(name, 63), 'connamespace', (SELECT relnamespace FROM pg_class WHERE oid = relation),
        'contype', kind, 'condeferrable', false, 'condeferred', false, 'conenforced', true, 'convalidated', true,
        'conrelid', relation, 'contypid', 0, 'conindid', index, 'conparentid', 0, 'confrelid', target,
        'confupdtype', CASE kind WHEN 'f' THEN 'a' ELSE ' ' END, 'confdeltype', CASE kind WHEN 'f' THEN 'a' ELSE ' ' END,
        'confmatchtype', CASE kind WHEN 'f' THEN 's' ELSE ' ' END, 'conislocal', true, 'coninhcount', 0,
        'connoinherit', true, 'conperiod', false, 'conkey', columns, 'confkey', referenced,
        'conpfeqop', operators, 'conppeqop', operators, 'conffeqop', operators))).*;
    -- On the whole table, not on its columns: ALTER COLUMN must not make a real constraint of it.
    INSERT INTO pg_depend VALUES (CAST('pg_constraint' AS regclass), new, 0, CAST('pg_class' AS regclass), relation, 0, 'a');
    IF kind = 'f' AND target <> relation THEN
        INSERT INTO pg_depend VALUES (CAST('pg_constraint' AS regclass), new, 0, CAST('pg_class' AS regclass), target, 0, 'n');
    END IF;
END$$;

CREATE FUNCTION pg_catalog.dw_apply(relation oid, attributes json) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    style CONSTANT text := attributes ->> 'diststyle';
    source oid;
    entry record;
    keys smallint[];
BEGIN
    INSERT INTO dw_tables (relid) VALUES (relation) ON CONFLICT DO NOTHING;
    IF attributes -> 'like' IS NOT NULL THEN
        source := to_regclass((SELECT string_agg(quote_ident(p), '.') FROM json_array_elements_text(attributes -> 'like') p));
        UPDATE dw_tables t SET diststyle = s.diststyle, sortstyle = s.sortstyle FROM dw_tables s WHERE t.relid = relation AND s.relid = source;
        INSERT INTO dw_columns (relid, attnum, encoding, distkey, sortkey)
            SELECT relation, attnum, encoding, distkey, sortkey FROM dw_columns WHERE relid = source ON CONFLICT DO NOTHING;
    END IF;
    IF attributes -> 'backup' IS NOT NULL THEN
        UPDATE dw_tables SET backup = CAST(attributes ->> 'backup' AS boolean) WHERE relid = relation;
    END IF;
    IF attributes -> 'auto_refresh' IS NOT NULL THEN
        UPDATE dw_tables SET autorefresh = CAST(attributes ->> 'auto_refresh' AS boolean) WHERE relid = relation;
    END IF;
    IF style IS NOT NULL OR attributes -> 'distkey' IS NOT NULL THEN
        UPDATE dw_tables SET diststyle = CASE style WHEN 'even' THEN 0 WHEN 'all' THEN 8 WHEN 'auto' THEN 10 ELSE 1 END
         WHERE relid = relation;
        UPDATE dw_columns SET distkey = false WHERE relid = relation;
    END IF;
    IF attributes ->> 'distkey' IS NOT NULL THEN
        INSERT INTO dw_columns (relid, attnum, distkey) VALUES (relation, dw_attnum(relation, attributes ->> 'distkey'), true)
            ON CONFLICT (relid, attnum) DO UPDATE SET distkey = true;
        PERFORM dw_index(relation, ARRAY[dw_attnum(relation, attributes ->> 'distkey')]);
    END IF;
    IF attributes ->> 'sortstyle' IS NOT NULL THEN
        UPDATE dw_tables SET sortstyle = attributes ->> 'sortstyle' WHERE relid = relation;
        UPDATE dw_columns SET sortkey = 0 WHERE relid = relation;
    END IF;
    IF attributes -> 'sortkeys' IS NOT NULL THEN
        keys := ARRAY(SELECT dw_attnum(relation, c) FROM json_array_elements_text(attributes -> 'sortkeys') c);
        INSERT INTO dw_columns (relid, attnum, sortkey)
            SELECT relation, k, CASE WHEN attributes ->> 'sortstyle' = 'interleaved' AND n % 2 = 0 THEN -n ELSE n END
              FROM unnest(keys) WITH ORDINALITY u(k, n)
            ON CONFLICT (relid, attnum) DO UPDATE SET sortkey = excluded.sortkey;
        IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation AND attnum = ANY (keys)
                          AND atttypid = ANY (ARRAY['super'::regtype, 'json'::regtype])) THEN
            PERFORM dw_index(relation, keys);
        END IF;
    END IF;
    FOR entry IN SELECT key, value FROM json_each_text(attributes -> 'encodings') LOOP
        INSERT INTO dw_columns (relid, attnum, encoding) VALUES (relation, dw_attnum(relation, entry.key), entry.value)
            ON CONFLICT (relid, attnum) DO UPDATE SET encoding = excluded.encoding;
    END LOOP;
    FOR entry IN SELECT key, value FROM json_each_text(attributes -> 'identity') LOOP
        INSERT INTO dw_columns (relid, attnum, identity) VALUES (relation, dw_attnum(relation, entry.key), entry.value)
            ON CONFLICT (relid, attnum) DO UPDATE SET identity = excluded.identity;
    END LOOP;
    FOR entry IN SELECT value FROM json_array_elements(attributes -> 'constraints') LOOP
        PERFORM dw_constraint(relation, entry.value);
    END LOOP;
END$$;

-- "CREATE MATERIALIZED VIEW": the view is made as the user who asks, and described as tables are.
CREATE FUNCTION pg_catalog.dw_describe_materialized_view(name text, attributes text, written text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET allow_system_table_mods = on AS $$
DECLARE
    relation CONSTANT oid := CAST(name AS regclass);
    kind "char";
    owner oid;
BEGIN
    SELECT relkind, relowner INTO kind, owner FROM pg_class WHERE oid = relation;
    IF kind <> 'm' THEN
        RAISE EXCEPTION '"%" is not a materialized view', CAST(relation AS regclass) USING ERRCODE = '42809';
    ELSIF NOT pg_has_role(session_user, owner, 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of materialized view %', CAST(relation AS regclass) USING ERRCODE = '42501';
    END IF;
    PERFORM set_config('dw.in_ddl', 'on', true);
    PERFORM dw_apply(relation, CAST(attributes AS json));
    PERFORM set_config('dw.in_ddl', '', true);
    UPDATE dw_tables SET definition = coalesce(written, definition) WHERE relid = relation;
END$$;
CREATE FUNCTION pg_catalog.dw_materialized_view(name text, attributes text, statement text, written text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    PERFORM dw_describe_materialized_view(name, attributes, written);
END$$;
CREATE FUNCTION pg_catalog.dw_alter_materialized_view(name text, attributes text) RETURNS void LANGUAGE sql VOLATILE
    AS 'SELECT pg_catalog.dw_describe_materialized_view(name, attributes, NULL)';

-- One constraint that counts the bytes of every string column.
CREATE FUNCTION pg_catalog.dw_count_bytes(relation oid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    condition text;
    present boolean := EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND conname = 'dw_bytes');
BEGIN
    SELECT string_agg(format('CASE WHEN octet_length(CAST(%I AS text)) > %s THEN dw_too_long(%s) ELSE true END', attname, atttypmod - 4, atttypmod - 4), ' AND ' ORDER BY attnum)
      INTO condition FROM pg_attribute
     WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND atttypid IN (1043, 9001) AND atttypmod > 4;
    IF present THEN EXECUTE format('ALTER TABLE %s DROP CONSTRAINT dw_bytes', CAST(relation AS regclass)); END IF;
    IF condition IS NOT NULL THEN
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT dw_bytes CHECK (%s) NOT VALID', CAST(relation AS regclass), condition);
    END IF;
END$$;

-- "CREATE DATABASE": in a case-insensitive database all CHAR and VARCHAR columns compare without case, and none is SUPER.
CREATE FUNCTION pg_catalog.dw_compare_without_case(relation oid, attributes json) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    changes text;
BEGIN
    IF attributes ->> 'case_sensitive' IS NOT NULL THEN
        RAISE EXCEPTION 'COLLATE CASE_SENSITIVE of a column in a database with COLLATE CASE_INSENSITIVE is not supported by the Redshift emulator' USING ERRCODE = '0A000';
    END IF;
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND atttypid = 4000) THEN
        RAISE EXCEPTION 'SUPER column is not supported in case insensitive database.' USING ERRCODE = '0A000';
    END IF;
    SELECT string_agg(format('ALTER COLUMN %I TYPE pg_catalog.%s%s', attname, CASE atttypid WHEN 1042 THEN 'dw_ci_char' ELSE 'dw_ci' END,
                             CASE WHEN atttypmod > 4 THEN format('(%s)', atttypmod - 4) END), ', ')
      INTO changes FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND atttypid IN (25, 1042, 1043);
    IF changes IS NOT NULL THEN EXECUTE format('ALTER TABLE %s %s', CAST(relation AS regclass), changes); END IF;
END$$;

CREATE FUNCTION pg_catalog.dw_on_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
    SET allow_system_table_mods = on AS $$
DECLARE
    command record;
    carried text;
    attributes json;
BEGIN
    IF current_setting('dw.in_ddl', true) = 'on' THEN RETURN; END IF;
    PERFORM set_config('dw.in_ddl', 'on', true);
    FOR command IN SELECT DISTINCT objid FROM pg_event_trigger_ddl_commands()
                    JOIN pg_class ON oid = objid AND relkind = 'r'
                    WHERE object_type = 'table' AND relnamespace <> CAST('pg_catalog' AS regnamespace) LOOP
        attributes := NULL;
        SELECT substring(pg_get_constraintdef(oid) FROM 'dw_attributes[(](.*)::text') INTO carried
          FROM pg_constraint WHERE conrelid = command.objid AND conname = 'dw_attributes';
        IF carried IS NOT NULL THEN
            EXECUTE 'SELECT ' || carried || '::json' INTO attributes;
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT dw_attributes', CAST(command.objid AS regclass));
        ELSIF tg_tag IN ('CREATE TABLE AS', 'SELECT INTO') THEN
            attributes := CAST(coalesce(nullif(current_setting('dw.ctas', true), ''), '{}') AS json);
            PERFORM set_config('dw.ctas', '', true);
        END IF;
        IF current_setting('dw.compares', true) = 'case_insensitive' THEN PERFORM dw_compare_without_case(command.objid, attributes); END IF;
        PERFORM dw_count_bytes(command.objid);
        PERFORM dw_apply(command.objid, coalesce(attributes, '{}'));
    END LOOP;
    PERFORM dw_rebind_late_views(ARRAY(SELECT objid FROM pg_event_trigger_ddl_commands()));
    PERFORM set_config('dw.in_ddl', '', true);
END$$;

CREATE FUNCTION pg_catalog.dw_on_drop() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
    SET allow_system_table_mods = on AS $$
BEGIN
    IF current_setting('dw.in_ddl', true) = 'on' THEN RETURN; END IF;
    PERFORM set_config('dw.in_ddl', 'on', true);
    PERFORM dw_rebind_late_views(ARRAY(SELECT objid FROM pg_event_trigger_dropped_objects()));
    PERFORM set_config('dw.in_ddl', '', true);
    DELETE FROM dw_tables WHERE relid IN (SELECT objid FROM pg_event_trigger_dropped_objects() WHERE object_type IN ('table', 'materialized view'));
    DELETE FROM dw_columns WHERE relid IN (SELECT objid FROM pg_event_trigger_dropped_objects() WHERE object_type IN ('table', 'materialized view'));
END$$;

-- A bulk load is several times faster with the indexes built at its end: suspend, load, resume, all in one transaction.
-- Only while the table is small: indexes of a large one take longer to build than to keep.
CREATE FUNCTION pg_catalog.dw_suspend_indexes(relation oid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET allow_system_table_mods = on AS $$
BEGIN
    IF pg_relation_size(relation) > 64 * 1024 * 1024 THEN RETURN; END IF;
    UPDATE pg_index i SET indisready = false, indisvalid = false FROM pg_class c
     WHERE i.indrelid = relation AND c.oid = i.indexrelid AND c.relname ~ '^dw_index_' AND NOT i.indisunique;
END$$;
CREATE FUNCTION pg_catalog.dw_resume_indexes(relation oid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    index oid;
BEGIN
    FOR index IN SELECT indexrelid FROM pg_index JOIN pg_class c ON c.oid = indexrelid
                  WHERE indrelid = relation AND NOT indisready AND c.relname ~ '^dw_index_' LOOP
        EXECUTE format('REINDEX INDEX %s', CAST(index AS regclass));
    END LOOP;
END$$;
