"""Measures and conditions over an iteration: the small language of breakpoints, watched numbers and claims."""
