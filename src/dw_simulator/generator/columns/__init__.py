"""One file per family of column generators; each registers itself."""
