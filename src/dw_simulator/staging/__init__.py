"""The object store that generated files are staged in."""
