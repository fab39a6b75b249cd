"""Runs as files: to keep, to run elsewhere, to print."""
