"""Searches, and pictures of where runs go."""
