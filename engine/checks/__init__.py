"""Gradients computed by other ways, and held against backpropagation's."""
