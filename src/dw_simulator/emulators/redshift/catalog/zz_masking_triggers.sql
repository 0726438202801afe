-- See 26_masking.sql.
CREATE EVENT TRIGGER dw_mask_guard ON ddl_command_end
    WHEN TAG IN ('ALTER TABLE', 'ALTER VIEW', 'CREATE VIEW', 'CREATE RULE', 'CREATE TRIGGER', 'CREATE MATERIALIZED VIEW', 'GRANT', 'REVOKE')
    EXECUTE FUNCTION pg_catalog.dw_mask_guard();
CREATE EVENT TRIGGER dw_mask_dropped ON sql_drop WHEN TAG IN ('DROP TABLE', 'DROP VIEW', 'DROP SCHEMA', 'DROP OWNED')
    EXECUTE FUNCTION pg_catalog.dw_mask_dropped();
