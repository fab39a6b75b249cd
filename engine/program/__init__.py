"""One iteration as a list of steps, compiled before any number exists."""
