"""Backscope's engine: backpropagation in numpy, one visible step at a time."""
