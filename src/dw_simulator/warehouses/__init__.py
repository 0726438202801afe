"""Adapters of the warehouses: create, load, query, drop, row counts."""
