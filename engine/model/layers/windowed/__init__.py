"""Layers whose windows slide over images or along sequences."""
