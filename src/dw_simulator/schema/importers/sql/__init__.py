"""DDL, statement by statement: tokens -> drafts of tables -> model. The entry point is :mod:`..ddl`.

sqlglot tokenizes by dialect (quotes, escapes, comments); the statements are read by rules of our own, because every
attribute of a table must be kept or named in an error, with its line and column.
"""
