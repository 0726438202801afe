"""Plans and runs loads of staged files into warehouses."""
