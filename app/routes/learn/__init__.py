"""Lessons and interview cards."""
