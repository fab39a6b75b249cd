"""Many runs at once: a search is a value, its trials are configurations, and what came of them says what mattered."""
