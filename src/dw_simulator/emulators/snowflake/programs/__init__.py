"""Functions and procedures that are not in SQL: their handlers run in processes of their own."""
