-- External schemas and tables; see the package spectrum. An external table is an empty table whose one child holds the
-- rows that were read from S3, with the pseudocolumns.
CREATE TABLE pg_catalog.dw_external_schemas (
    schema_oid oid PRIMARY KEY,
    database_name text NOT NULL,
    options text NOT NULL
);
CREATE TABLE pg_catalog.dw_external_tables (
    relid oid PRIMARY KEY,
    definition text NOT NULL,
    -- What was in S3 when the rows were read.
    snapshot text
);
CREATE TABLE pg_catalog.dw_external_partitions (
    relid oid,
    -- JSON list of the values, in the order of the partition columns.
    partition_values text,
    location text NOT NULL,
    PRIMARY KEY (relid, partition_values)
);
GRANT SELECT ON pg_catalog.dw_external_schemas, pg_catalog.dw_external_tables, pg_catalog.dw_external_partitions TO PUBLIC;

CREATE FUNCTION pg_catalog.dw_external_read_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of external tables is not supported by the Redshift emulator', TG_OP USING ERRCODE = '0A000';
END$$;

CREATE FUNCTION pg_catalog.dw_external_schema(name text, database_name text, options text) RETURNS void LANGUAGE sql SECURITY DEFINER AS
    $$INSERT INTO dw_external_schemas SELECT oid, $2, $3 FROM pg_namespace WHERE nspname = $1 ON CONFLICT (schema_oid) DO NOTHING$$;

CREATE FUNCTION pg_catalog.dw_external_define(relation regclass, definition text) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET allow_system_table_mods = on SET session_replication_role = replica AS $$
DECLARE
    child CONSTANT text := 'dw_external_' || CAST(relation AS oid);
BEGIN
    IF NOT EXISTS (SELECT FROM dw_external_schemas s JOIN pg_class c ON c.relnamespace = s.schema_oid WHERE c.oid = relation) THEN
        RAISE EXCEPTION 'Operations on local objects in external schema are not enabled.' USING ERRCODE = '0A000';
    END IF;
    DELETE FROM dw_external_tables WHERE relid = relation;
    DELETE FROM dw_external_partitions WHERE relid = relation;
    INSERT INTO dw_external_tables VALUES (relation, $2, NULL);
    EXECUTE format('CREATE TABLE pg_catalog.%I ("$path" varchar(1024), "$size" bigint) INHERITS (%s)', child, relation);
    EXECUTE format('GRANT SELECT ON pg_catalog.%I TO PUBLIC', child);
    EXECUTE format('GRANT SELECT ON %s TO PUBLIC', relation);
    -- So the child goes when its table goes.
    UPDATE pg_depend SET deptype = 'a'
     WHERE classid = CAST('pg_class' AS regclass) AND objid = CAST('pg_catalog.' || quote_ident(child) AS regclass) AND refobjid = relation AND deptype = 'n';
    EXECUTE format('CREATE TRIGGER dw_external_read_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION pg_catalog.dw_external_read_only()', relation);
END$$;

CREATE FUNCTION pg_catalog.dw_external_table(relation text) RETURNS oid LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM dw_external_tables WHERE relid = to_regclass(relation)) THEN
        RAISE EXCEPTION '% is not an external table', relation USING ERRCODE = '42809';
    END IF;
    RETURN to_regclass(relation);
END$$;

CREATE FUNCTION pg_catalog.dw_external_redefine(relation text, definition text) RETURNS void LANGUAGE sql SECURITY DEFINER AS
    $$UPDATE dw_external_tables SET definition = $2, snapshot = NULL WHERE relid = dw_external_table($1)$$;

CREATE FUNCTION pg_catalog.dw_external_add_partition(relation text, partition_values text, location text, if_not_exists boolean) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER AS $$
BEGIN
    IF EXISTS (SELECT FROM dw_external_partitions p WHERE relid = dw_external_table($1) AND p.partition_values = $2) THEN
        IF if_not_exists THEN RETURN; END IF;
        RAISE EXCEPTION 'Partition already exists.' USING ERRCODE = '42710';
    END IF;
    INSERT INTO dw_external_partitions VALUES (dw_external_table($1), $2, $3);
END$$;
CREATE FUNCTION pg_catalog.dw_external_move_partition(relation text, partition_values text, location text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    UPDATE dw_external_partitions p SET location = $3 WHERE relid = dw_external_table($1) AND p.partition_values = $2;
    IF NOT FOUND THEN RAISE EXCEPTION 'Partition not found.' USING ERRCODE = '42704'; END IF;
END$$;
CREATE FUNCTION pg_catalog.dw_external_drop_partition(relation text, partition_values text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    DELETE FROM dw_external_partitions p WHERE relid = dw_external_table($1) AND p.partition_values = $2;
    IF NOT FOUND THEN RAISE EXCEPTION 'Partition not found.' USING ERRCODE = '42704'; END IF;
END$$;

-- The tables that are there, for the views.
CREATE VIEW pg_catalog.dw_external AS
SELECT t.relid, n.nspname, c.relname, CAST(t.definition AS jsonb) AS definition
FROM dw_external_tables t JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace;
