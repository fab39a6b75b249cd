"""Convolution and pooling over height and width."""
