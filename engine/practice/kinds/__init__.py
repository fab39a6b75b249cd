"""The kinds of exercises: each draws its question by the seed, and grades it."""
