-- Policies of row-level security; see commands/row_security.py.
CREATE TABLE pg_catalog.dw_rls_policies (
    name text PRIMARY KEY,
    columns text NOT NULL,
    arguments text NOT NULL,
    alias text NOT NULL,
    expression text NOT NULL,
    modified_by text NOT NULL,
    modified timestamp NOT NULL DEFAULT CAST(clock_timestamp() AS timestamp)
);

-- Superusers and those with the role sys:secadmin manage policies.
CREATE FUNCTION pg_catalog.dw_rls_allowed() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT ((SELECT rolsuper FROM pg_roles WHERE rolname = session_user) OR pg_has_role(session_user, 'sys:secadmin', 'member')) THEN
        RAISE EXCEPTION 'permission denied: sys:secadmin is required' USING ERRCODE = '42501';
    END IF;
END$$;

CREATE FUNCTION pg_catalog.dw_rls_switch(relation text, on_off boolean) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM dw_rls_allowed();
    PERFORM set_config('dw.in_ddl', 'on', true);
    EXECUTE format(CASE WHEN on_off THEN 'ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'
                        ELSE 'ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY' END, dw_storage(relation));
    PERFORM set_config('dw.in_ddl', '', true);
    PERFORM dw_mask_sync(storage) FROM dw_masked WHERE storage = dw_storage(relation);
END$$;

CREATE FUNCTION pg_catalog.dw_rls_create(name text, columns text, arguments text, alias text, expression text, body text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET allow_system_table_mods = on AS $$
BEGIN
    PERFORM dw_rls_allowed();
    IF EXISTS (SELECT FROM dw_rls_policies p WHERE p.name = $1) THEN
        RAISE EXCEPTION 'RLS policy "%" already exists', $1 USING ERRCODE = '42710';
    END IF;
    INSERT INTO dw_rls_policies VALUES ($1, $2, $3, $4, $5, session_user);
    EXECUTE format('CREATE FUNCTION pg_catalog.%I(%s) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER BEGIN ATOMIC SELECT %s; END', 'dw_rls_policy_' || $1, $3, $6);
END$$;

-- Tables and columns that policies read or are attached to stay as they are ("ALTER TABLE" and "DROP TABLE" of lookup tables).
CREATE FUNCTION pg_catalog.dw_rls_refuse(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'cannot alter or drop % because an RLS policy depends on it', what USING ERRCODE = '2BP01';
END$$;
CREATE FUNCTION pg_catalog.dw_rls_keep_names() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dw_rls_refuse('column ' || c.object_identity) FROM pg_event_trigger_ddl_commands() c
      JOIN pg_depend d ON d.refclassid = CAST('pg_class' AS regclass) AND d.refobjid = c.objid AND d.refobjsubid = c.objsubid
     WHERE c.object_type = 'table column'
       AND (d.classid = CAST('pg_policy' AS regclass)
            OR d.classid = CAST('pg_proc' AS regclass) AND EXISTS (SELECT FROM pg_proc p WHERE p.oid = d.objid AND starts_with(CAST(p.proname AS text), 'dw_rls_policy_')));
END$$;
-- A policy goes with a schema that has the tables it looks into, which its function depends on.
CREATE FUNCTION pg_catalog.dw_rls_forget() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
    DELETE FROM pg_catalog.dw_rls_policies p WHERE NOT EXISTS (
        SELECT FROM pg_proc WHERE pronamespace = CAST('pg_catalog' AS regnamespace) AND proname = CAST('dw_rls_policy_' || p.name AS name))$$;
SELECT pg_catalog.dw_rls_forget();
CREATE FUNCTION pg_catalog.dw_rls_keep_objects() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('dw.drops_policy', true) = 'on' THEN RETURN; END IF;
    PERFORM dw_rls_refuse(what) FROM (
        SELECT (SELECT o.object_identity FROM pg_event_trigger_dropped_objects() o WHERE o.original LIMIT 1) AS what
          FROM pg_event_trigger_dropped_objects() c
         -- A schema may go with all that is in it, as long as no policy is lost for a table that stays.
         WHERE (c.object_type = 'function' AND tg_tag NOT IN ('DROP SCHEMA', 'DROP OWNED') AND c.object_identity LIKE 'pg!_catalog.dw!_rls!_policy!_%' ESCAPE '!')
            OR (c.object_type = 'policy' AND NOT EXISTS (SELECT FROM pg_event_trigger_dropped_objects() t
                                                          WHERE t.object_type IN ('table', 'view') AND right(c.object_identity, length(t.object_identity)) = t.object_identity))) w;
    IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects() WHERE object_type = 'function' AND object_identity LIKE 'pg!_catalog.dw!_rls!_policy!_%' ESCAPE '!') THEN
        PERFORM dw_rls_forget();
    END IF;
END$$;

CREATE FUNCTION pg_catalog.dw_rls_known(text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM dw_rls_policies p WHERE p.name = $1) THEN
        RAISE EXCEPTION 'RLS policy "%" does not exist', $1 USING ERRCODE = '42704';
    END IF;
END$$;

CREATE FUNCTION pg_catalog.dw_rls_alter(policy text, expression text, body text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET allow_system_table_mods = on AS $$
BEGIN
    PERFORM dw_rls_allowed();
    PERFORM dw_rls_known(policy);
    EXECUTE format('CREATE OR REPLACE FUNCTION pg_catalog.%I(%s) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER BEGIN ATOMIC SELECT %s; END', 'dw_rls_policy_' || policy,
                   (SELECT p.arguments FROM dw_rls_policies p WHERE p.name = policy), body);
    UPDATE dw_rls_policies p SET expression = $2, modified_by = session_user, modified = DEFAULT WHERE p.name = policy;
END$$;

-- What has to hold is restrictive; PostgreSQL wants a permissive policy too, and only those who have a policy get it.
CREATE FUNCTION pg_catalog.dw_rls_attach(policy text, relation text, grantee text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    target CONSTANT text := CASE grantee WHEN '' THEN 'PUBLIC' ELSE quote_ident(grantee) END;
    columns CONSTANT text := (SELECT p.columns FROM dw_rls_policies p WHERE p.name = policy);
    open CONSTANT text := 'dw_open_' || grantee;
BEGIN
    PERFORM dw_rls_allowed();
    PERFORM dw_rls_known(policy);
    IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = dw_storage(relation) AND polname = open) THEN
        EXECUTE format('CREATE POLICY %I ON %s TO %s USING (true)', open, dw_storage(relation), target);
    END IF;
    EXECUTE format('CREATE POLICY %I ON %s AS RESTRICTIVE FOR SELECT TO %s USING (pg_catalog.%I(%s))', 'dw_rls_' || policy || '_to_' || grantee, dw_storage(relation), target,
                   'dw_rls_policy_' || policy, (SELECT string_agg(quote_ident(c), ', ') FROM unnest(string_to_array(columns, ',')) c));
END$$;
CREATE FUNCTION pg_catalog.dw_rls_detach(policy text, relation text, grantee text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM dw_rls_allowed();
    PERFORM dw_rls_known(policy);
    EXECUTE format('DROP POLICY %I ON %s', 'dw_rls_' || policy || '_to_' || grantee, dw_storage(relation));
    IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = dw_storage(relation) AND polname ~ ('^dw_rls_.*_to_' || grantee || '$')) THEN
        EXECUTE format('DROP POLICY %I ON %s', 'dw_open_' || grantee, dw_storage(relation));
    END IF;
END$$;
CREATE FUNCTION pg_catalog.dw_rls_drop(policy text, if_exists boolean, cascades boolean) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET allow_system_table_mods = on AS $$
DECLARE
    attached record;
BEGIN
    PERFORM dw_rls_allowed();
    IF if_exists AND NOT EXISTS (SELECT FROM dw_rls_policies p WHERE p.name = policy) THEN RETURN; END IF;
    PERFORM dw_rls_known(policy);
    FOR attached IN SELECT CAST(polrelid AS regclass) AS relation, substring(polname FROM '_to_(.*)$') AS grantee FROM pg_policy
                     WHERE starts_with(CAST(polname AS text), 'dw_rls_' || policy || '_to_') LOOP
        IF NOT cascades THEN
            RAISE EXCEPTION 'cannot drop RLS policy "%" because it is attached to relation "%"', policy, attached.relation USING ERRCODE = '2BP01';
        END IF;
        PERFORM dw_rls_detach(policy, CAST(attached.relation AS text), attached.grantee);
    END LOOP;
    PERFORM set_config('dw.drops_policy', 'on', true);
    EXECUTE format('DROP FUNCTION IF EXISTS pg_catalog.%I', 'dw_rls_policy_' || policy);
    PERFORM set_config('dw.drops_policy', '', true);
    DELETE FROM dw_rls_policies p WHERE p.name = policy;
END$$;
