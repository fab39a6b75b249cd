"""A stretch of a run as one file that needs no server: the answers that the studio asks for there."""
