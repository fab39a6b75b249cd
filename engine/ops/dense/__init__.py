"""Weighted sums: dense layers, embeddings and products of features."""
