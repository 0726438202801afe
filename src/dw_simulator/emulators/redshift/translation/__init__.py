"""Redshift SQL to the SQL of the backend: text in, text out, no connection.

`translator.translate` runs the phases in `translator.PHASES` over one sqlglot tree. What a phase does for a node type
or a function is an entry in that phase's registry.
"""
