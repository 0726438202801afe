"""The emulated services."""
