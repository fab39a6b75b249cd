"""Activations: one cell in, one cell out, and softmax over a row."""
