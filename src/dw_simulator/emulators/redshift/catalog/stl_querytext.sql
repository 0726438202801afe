-- "STL_QUERYTEXT".
CREATE VIEW pg_catalog.stl_querytext AS
SELECT user_id AS userid, transaction_id AS xid, pid, CAST(query_id AS integer) AS query, sequence, CAST(piece AS char(200)) AS text
FROM dw_query_texts WHERE family = 'query';
GRANT SELECT ON pg_catalog.stl_querytext TO PUBLIC;
