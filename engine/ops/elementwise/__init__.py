"""Arithmetic and elementary functions, noise, reshaping and joining."""
