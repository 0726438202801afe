"""Loading files into tables and unloading queries into files."""
