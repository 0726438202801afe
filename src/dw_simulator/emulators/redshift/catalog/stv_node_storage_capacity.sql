-- "STV_NODE_STORAGE_CAPACITY": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_node_storage_capacity AS SELECT
    CAST(NULL AS integer) AS "node",
    CAST(NULL AS integer) AS "used",
    CAST(NULL AS integer) AS "capacity"
WHERE false;
GRANT SELECT ON pg_catalog.stv_node_storage_capacity TO PUBLIC;
