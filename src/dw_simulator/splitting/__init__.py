"""Where the statements of a text end, by the rules of each warehouse."""
