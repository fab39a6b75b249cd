"""A search as others do it, for the benchmark of searches."""
