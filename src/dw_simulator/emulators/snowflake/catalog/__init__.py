"""What exists: databases, schemas, tables, views, sequences and the rest, kept in tables of our own."""
