-- "PG_ATTRIBUTE_INFO".
CREATE VIEW pg_catalog.pg_attribute_info AS
SELECT * FROM pg_attribute;
GRANT SELECT ON pg_catalog.pg_attribute_info TO PUBLIC;
