"""Recurrent layers: cells unrolled in time."""
