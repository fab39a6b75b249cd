"""Positions, time steps and attention."""
