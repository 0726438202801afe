-- Late-binding views (CREATE VIEW … WITH NO SCHEMA BINDING) are kept by their text. A view of PostgreSQL stands for each;
-- it depends on nothing, and is made anew when what it reads comes, goes or changes.
CREATE TABLE pg_catalog.dw_late_views (
    view_schema name NOT NULL,
    view_name name NOT NULL,
    columns text NOT NULL,
    body text NOT NULL,
    reads oid[] NOT NULL DEFAULT '{}',
    valid boolean NOT NULL DEFAULT false,
    PRIMARY KEY (view_schema, view_name)
);
-- The statement as the catalog shows it; empty in views of an older version.
ALTER TABLE pg_catalog.dw_late_views ADD COLUMN IF NOT EXISTS definition text NOT NULL DEFAULT '';
GRANT SELECT ON pg_catalog.dw_late_views TO PUBLIC;

CREATE FUNCTION pg_catalog.dw_late_error(text) RETURNS text LANGUAGE plpgsql VOLATILE AS
    $$BEGIN RAISE EXCEPTION '%', $1 USING ERRCODE = '42P01'; END$$;

CREATE FUNCTION pg_catalog.dw_bind_late_view(entry pg_catalog.dw_late_views) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    target CONSTANT text := format('%I.%I', entry.view_schema, entry.view_name);
    rule oid;
BEGIN
    IF to_regclass(target) IS NOT NULL THEN EXECUTE format('DROP VIEW %s', target); END IF;
    BEGIN
        EXECUTE format('CREATE VIEW %s%s AS %s', target, entry.columns, entry.body);
        entry.valid := true;
    EXCEPTION WHEN undefined_table OR undefined_column OR invalid_schema_name OR undefined_function THEN
        EXECUTE format('CREATE VIEW %s AS SELECT pg_catalog.dw_late_error(%L) AS "?column?"', target, SQLERRM);
        entry.valid := false;
    END;
    SELECT oid INTO rule FROM pg_rewrite WHERE ev_class = CAST(target AS regclass);
    entry.reads := ARRAY(SELECT DISTINCT refobjid FROM pg_depend WHERE classid = CAST('pg_rewrite' AS regclass) AND objid = rule
                            AND refclassid = CAST('pg_class' AS regclass) AND refobjid <> CAST(target AS regclass));
    DELETE FROM pg_depend WHERE classid = CAST('pg_rewrite' AS regclass) AND objid = rule AND refobjid = ANY (entry.reads);
    UPDATE dw_late_views SET reads = entry.reads, valid = entry.valid
     WHERE view_schema = entry.view_schema AND view_name = entry.view_name;
END$$;

CREATE FUNCTION pg_catalog.dw_late_view(schema_name text, name text, columns text, body text, query text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET allow_system_table_mods = on AS $$
DECLARE
    entry dw_late_views;
BEGIN
    -- Valid from the beginning: the event trigger of the CREATE VIEW below must not make it a second time.
    INSERT INTO dw_late_views (view_schema, view_name, columns, body, valid, definition)
        VALUES (coalesce($1, CAST(current_schema() AS text)), $2, $3, $4, true,
                format('create view %I.%I%s as %s with no schema binding;', coalesce($1, CAST(current_schema() AS text)), $2, $3, $5))
        ON CONFLICT (view_schema, view_name) DO UPDATE
        SET columns = excluded.columns, body = excluded.body, valid = true, definition = excluded.definition
        RETURNING * INTO entry;
    PERFORM dw_bind_late_view(entry);
    EXECUTE format('ALTER VIEW %I.%I OWNER TO %I', entry.view_schema, entry.view_name, session_user);
END$$;

-- After a definition: views that could not be made, or that read what changed.
CREATE FUNCTION pg_catalog.dw_rebind_late_views(changed oid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    entry dw_late_views;
BEGIN
    FOR entry IN SELECT * FROM dw_late_views WHERE NOT valid OR reads && changed LOOP
        IF EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE c.relname = entry.view_name AND n.nspname = entry.view_schema) THEN
            PERFORM dw_bind_late_view(entry);
        ELSE
            DELETE FROM dw_late_views WHERE view_schema = entry.view_schema AND view_name = entry.view_name;
        END IF;
    END LOOP;
END$$;

CREATE FUNCTION pg_catalog.pg_get_late_binding_view_cols() RETURNS SETOF record LANGUAGE sql STABLE AS $$
    SELECT v.view_schema, v.view_name, a.attname, pg_catalog.dw_type_name(a.atttypid, a.atttypmod), CAST(a.attnum AS integer)
      FROM pg_catalog.dw_late_views v JOIN pg_catalog.pg_namespace n ON n.nspname = v.view_schema
      JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = v.view_name
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE v.valid$$;

-- The relation of a late-binding view, and what the catalog says is its definition.
CREATE VIEW pg_catalog.dw_late_relations AS
SELECT c.oid, v.definition FROM dw_late_views v JOIN pg_namespace n ON n.nspname = v.view_schema
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = v.view_name AND c.relkind = 'v';
GRANT SELECT ON pg_catalog.dw_late_relations TO PUBLIC;
CREATE FUNCTION pg_catalog.dw_get_viewdef(relation oid, pretty boolean DEFAULT false) RETURNS text LANGUAGE sql STABLE
    RETURN coalesce((SELECT nullif(definition, '') FROM dw_late_relations WHERE oid = $1), pg_get_viewdef($1, $2));
CREATE FUNCTION pg_catalog.dw_get_viewdef(relation text, pretty boolean DEFAULT false) RETURNS text LANGUAGE sql STABLE
    RETURN dw_get_viewdef(CAST(CAST($1 AS regclass) AS oid), $2);
