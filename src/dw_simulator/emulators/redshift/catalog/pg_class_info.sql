-- "PG_CLASS_INFO".
CREATE VIEW pg_catalog.pg_class_info AS
SELECT c.oid AS reloid, c.*, CAST(coalesce(t.diststyle, 0) AS smallint) AS reldiststyle, CAST(coalesce(t.diststyle, 0) AS smallint) AS releffectivediststyle,
       t.created AS relcreationtime
FROM pg_class c LEFT JOIN dw_tables t ON t.relid = c.oid WHERE NOT dw_hidden(c.relname);
GRANT SELECT ON pg_catalog.pg_class_info TO PUBLIC;
