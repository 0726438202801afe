"""The connector protocol without I/O: requests in, responses out. Owns no socket, no database, no translation."""
