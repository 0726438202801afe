"""The command `dw-sim`."""
