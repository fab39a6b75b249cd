"""Saved runs over the wire."""
