-- See 25_row_security.sql and 26_masking.sql.
CREATE EVENT TRIGGER dw_mask_guard ON ddl_command_end
    WHEN TAG IN ('ALTER TABLE', 'ALTER VIEW', 'CREATE VIEW', 'CREATE RULE', 'CREATE TRIGGER', 'CREATE MATERIALIZED VIEW', 'GRANT', 'REVOKE')
    EXECUTE FUNCTION pg_catalog.dw_mask_guard();
CREATE EVENT TRIGGER dw_mask_dropped ON sql_drop WHEN TAG IN ('DROP TABLE', 'DROP VIEW', 'DROP SCHEMA', 'DROP OWNED')
    EXECUTE FUNCTION pg_catalog.dw_mask_dropped();
CREATE EVENT TRIGGER dw_rls_keep_names ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION pg_catalog.dw_rls_keep_names();
CREATE EVENT TRIGGER dw_rls_keep_objects ON sql_drop
    WHEN TAG IN ('ALTER TABLE', 'DROP TABLE', 'DROP VIEW', 'DROP MATERIALIZED VIEW', 'DROP FUNCTION', 'DROP SCHEMA', 'DROP OWNED')
    EXECUTE FUNCTION pg_catalog.dw_rls_keep_objects();
