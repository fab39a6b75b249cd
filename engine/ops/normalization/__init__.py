"""Means, variances and what is rescaled by them."""
