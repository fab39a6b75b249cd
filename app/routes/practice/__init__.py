"""Exercises, and the skills that they practise."""
