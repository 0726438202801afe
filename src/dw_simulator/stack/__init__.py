"""The supervisor behind `dw-sim up`."""
