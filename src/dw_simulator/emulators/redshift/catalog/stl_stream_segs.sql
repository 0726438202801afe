-- "STL_STREAM_SEGS": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_stream_segs AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "stream",
    CAST(NULL AS integer) AS "segment"
WHERE false;
GRANT SELECT ON pg_catalog.stl_stream_segs TO PUBLIC;
