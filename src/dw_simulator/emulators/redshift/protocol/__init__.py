"""The PostgreSQL v3 wire protocol without I/O: bytes in, messages and bytes out."""
