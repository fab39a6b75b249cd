"""Backscope for a tutor that speaks the Model Context Protocol: `backscope mcp`."""
