"""Searches at work: trials on other processes, results as they come, and on from there after a restart."""
