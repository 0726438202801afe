"""Readers of other forms of a schema: DDL, JSON, YAML."""
