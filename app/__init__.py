"""Backscope's server, command and Python client."""

__version__ = "0.1.0"
