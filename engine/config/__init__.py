"""A run's configuration: parsed, normalized, hashed, edited."""
