"""COPY and UNLOAD: between S3 objects and tables, inside the client's own transaction."""
