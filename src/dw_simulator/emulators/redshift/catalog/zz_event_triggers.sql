-- Last: from here on every definition goes through them.
CREATE EVENT TRIGGER dw_on_ddl ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE', 'CREATE VIEW', 'CREATE MATERIALIZED VIEW', 'CREATE SCHEMA')
    EXECUTE FUNCTION pg_catalog.dw_on_ddl();
CREATE EVENT TRIGGER dw_on_procedure ON ddl_command_end WHEN TAG IN ('CREATE PROCEDURE') EXECUTE FUNCTION pg_catalog.dw_on_procedure();
CREATE EVENT TRIGGER dw_on_drop ON sql_drop WHEN TAG IN ('DROP TABLE', 'DROP VIEW', 'DROP MATERIALIZED VIEW', 'DROP SCHEMA', 'DROP OWNED') EXECUTE FUNCTION pg_catalog.dw_on_drop();
