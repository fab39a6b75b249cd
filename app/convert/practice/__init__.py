"""Exercises over the wire."""
