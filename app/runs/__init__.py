"""The runs that a server holds: registry, limits, workers."""
