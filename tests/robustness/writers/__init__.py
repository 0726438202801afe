"""Clients that write without a pause through the real drivers, keep a journal, and read back what is there."""
