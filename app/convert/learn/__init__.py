"""Lessons and interview cards: their places, their numbers, and how an answer does."""
