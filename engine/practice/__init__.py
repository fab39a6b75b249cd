"""Exercises on any run: questions about its numbers, and a grader that names the slip by recomputing it."""
