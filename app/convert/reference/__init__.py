"""Reference pages that are made of what they describe, so that none of them can fall behind it."""
