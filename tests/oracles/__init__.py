"""Comparisons with PyTorch and autograd."""
