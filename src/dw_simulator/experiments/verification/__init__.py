"""Checks in the warehouses, by SQL, of what an experiment's schema promises."""
